import { urls } from "@/app/_lib/urls";
import { TIME_FORMS } from "../events/resolve-time";

/** Asks for a past moment at which the overview is frozen; the answer is a page of its own, with its own address. */
export function MomentBox({ store, text = "" }: { store: string; text?: string }) {
  return (
    <form action={urls.overview(store)} method="get" className="flex items-center gap-1">
      <input
        name="at"
        aria-label="As of, a past moment in UTC"
        title={TIME_FORMS}
        placeholder="As of 14:02"
        defaultValue={text}
        required
        maxLength={40}
        autoComplete="off"
        className={`field ${text === "" ? "w-32" : "w-56"}`}
      />
      <button type="submit" className="btn">
        Freeze
      </button>
    </form>
  );
}
