"use client";
import { useRouter } from "next/navigation";
import { useId, useState, useTransition } from "react";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import { askAct } from "@/app/_ui/post-act";

/**
 * The approval: why, for which ticket, and the button that names act, amount and store. What is approved is the plan above,
 * by its hash; when that has changed meanwhile, the refusal says so and the page shows the new one.
 */
export function StartForm({
  url,
  confirm,
  body,
  runHref,
}: {
  url: string;
  /** On the button: `Rebuild … in local`. */
  confirm: string;
  body: Readonly<Record<string, unknown>>;
  /** The address of the step that shows the run. */
  runHref: string;
}) {
  const router = useRouter();
  const id = useId();
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const act = (form: FormData) =>
    start(async () => {
      const { problem } = await askAct(url, { ...body, reason: form.get("reason"), ticket: form.get("ticket") });
      setFault(problem);
      announce(problem ?? "The rebuild has begun");
      if (problem === undefined) router.push(runHref);
      else router.refresh();
    });
  return (
    <form
      className="grid max-w-xl gap-2 px-4 pb-2"
      onSubmit={(event) => {
        event.preventDefault();
        act(new FormData(event.currentTarget));
      }}
    >
      <label htmlFor={`${id}-reason`}>Reason</label>
      <input id={`${id}-reason`} name="reason" className="field" maxLength={500} required />
      <label htmlFor={`${id}-ticket`}>Ticket (optional)</label>
      <input id={`${id}-ticket`} name="ticket" className="field" maxLength={100} />
      {fault ? (
        <p role="alert" className="text-bad">
          {fault}
        </p>
      ) : null}
      <div className="pt-2">
        <button
          {...earlyPress}
          type="submit"
          className="btn h-auto min-h-7 whitespace-normal text-left"
          data-primary=""
          disabled={pending}
          aria-keyshortcuts="Control+Enter"
        >
          {pending ? `${confirm}…` : confirm}
        </button>
      </div>
    </form>
  );
}
