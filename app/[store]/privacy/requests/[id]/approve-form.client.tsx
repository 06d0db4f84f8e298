"use client";
import { useRouter } from "next/navigation";
import { useId, useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { announce } from "@/app/_ui/announce";
import { useDemand } from "@/app/_ui/demands.client";
import { earlyPress } from "@/app/_ui/early-press";
import { askAct } from "@/app/_ui/post-act";

/**
 * The approval of exactly what was frozen. Whoever approves types the person's id, and the server compares it: so two people have
 * to make the same slip before the wrong person is forgotten. It stands in the body only.
 */
export function ApproveForm({
  store,
  request,
  hash,
  confirm,
}: {
  store: string;
  request: string;
  hash: string;
  /** On the button: what is erased. */
  confirm: string;
}) {
  const router = useRouter();
  const id = useId();
  const demand = useDemand("approve-shred");
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const approve = (form: FormData) =>
    start(async () => {
      const text = (name: string) => String(form.get(name) ?? "").trim() || undefined;
      const { problem } = await askAct(urls.api(store, `/shreds/${request}/approve`), {
        preview: hash,
        subject: String(form.get("subject") ?? ""),
        reason: text("reason"),
        ticket: text("ticket"),
        // Where the store asks for a typed name: more than the request's was typed.
        confirm: request,
      });
      setFault(problem);
      announce(problem ?? "Approved: it has begun");
      if (problem === undefined) router.push(urls.shred(store, request, { step: "shred" }));
      else router.refresh();
    });
  if (demand?.locked) {
    return <p className="px-4 text-bad">This store is locked: what cannot be taken back is not done here.</p>;
  }
  return (
    <form
      aria-label="Approval"
      method="post"
      autoComplete="off"
      className="grid max-w-xl gap-2 px-4 pb-4"
      onSubmit={(event) => {
        event.preventDefault();
        approve(new FormData(event.currentTarget));
      }}
    >
      <label htmlFor={`${id}-subject`}>To confirm, type the person's id</label>
      <input
        id={`${id}-subject`}
        name="subject"
        className="field mono"
        maxLength={512}
        required
        spellCheck={false}
        aria-describedby={`${id}-note`}
      />
      <p id={`${id}-note`} className="text-muted text-data">
        As it stands in events. It is compared with the one the request is about, and stored nowhere.
      </p>
      <label htmlFor={`${id}-reason`}>Reason{demand?.reason ? "" : " (optional)"}</label>
      <input id={`${id}-reason`} name="reason" className="field" maxLength={500} required={demand?.reason === true} />
      <label htmlFor={`${id}-ticket`}>Ticket{demand?.ticket ? "" : " (optional)"}</label>
      <input id={`${id}-ticket`} name="ticket" className="field" maxLength={100} required={demand?.ticket === true} />
      {fault ? (
        <p role="alert" className="text-bad">
          {fault}
        </p>
      ) : null}
      <div className="pt-2">
        <button
          {...earlyPress}
          type="submit"
          className="btn h-auto min-h-7 whitespace-normal border-transparent bg-bad-solid text-left text-on-brand"
          disabled={pending}
        >
          {pending ? `${confirm}…` : `${confirm} in ${store}, for good`}
        </button>
      </div>
    </form>
  );
}
