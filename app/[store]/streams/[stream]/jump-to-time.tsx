import { microseconds } from "@/lib/kernel/time";
import type { Here } from "./here";

/** A time to jump to; a plain form, for the time is in the address. `missed`: what was typed is no time. */
export function JumpToTime({ at, missed, here }: { at: string | undefined; missed: boolean; here: Here }) {
  const [action, query = ""] = here({ version: undefined, from: undefined, vs: undefined }).split("?");
  return (
    <form action={action} className="flex items-center gap-2 text-muted">
      {[...new URLSearchParams(query)].map(([key, value]) => (
        <input key={key} type="hidden" name={key} value={value} />
      ))}
      <label htmlFor="at">as of</label>
      <input
        id="at"
        key={at}
        name="at"
        defaultValue={at}
        aria-keyshortcuts="t"
        aria-invalid={missed}
        aria-describedby={missed ? "at-fault" : undefined}
        placeholder="2026-11-24 14:02:00 UTC"
        autoComplete="off"
        className="field mono w-56"
      />
      {missed ? (
        <span id="at-fault" role="alert" className="text-bad">
          not a time
        </span>
      ) : null}
    </form>
  );
}

/** A time as people write it, as ISO 8601: seconds may be left out, the time of day too, and UTC is meant without a zone. */
export function isoOf(text: string): string | undefined {
  const [whole, day, minute = "00:00", second = ":00", zone = "Z"] = TIME.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const iso = `${day}T${minute}${second}${/^(utc|z)$/i.test(zone) ? "Z" : zone}`;
  return microseconds(iso) === undefined ? undefined : iso;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?)? ?(utc|z|[+-]\d\d:\d\d)?$/i;
