"use client";
import { useRouter } from "next/navigation";
import { useId, useState, useTransition } from "react";
import { urls } from "@/app/_lib/urls";
import { announce } from "@/app/_ui/announce";
import { earlyPress } from "@/app/_ui/early-press";
import { askAct } from "@/app/_ui/post-act";

/** The grounds of Art. 17 (1) GDPR; the chosen one stands before the reason, wherever that is kept. */
const grounds = [
  "Art. 17 (1)(a), no longer needed",
  "Art. 17 (1)(b), consent withdrawn",
  "Art. 17 (1)(c), objection",
  "Art. 17 (1)(d), unlawfully processed",
  "Art. 17 (1)(e), legal obligation",
  "Art. 17 (1)(f), offered to a child",
  "Another ground",
] as const;

/** Who, why and by when. The person's id goes into the body of the request only, and this form keeps no draft of it. */
export function RequestForm({ store, digest }: { store: string; digest: string | undefined }) {
  const router = useRouter();
  const id = useId();
  const [fault, setFault] = useState<string>();
  const [pending, start] = useTransition();
  const send = (form: FormData) =>
    start(async () => {
      const text = (name: string) => String(form.get(name) ?? "").trim() || undefined;
      const { answer, problem } = await askAct(urls.api(store, "/shreds"), {
        // As it was typed: a space may be part of an id.
        subject: String(form.get("subject") ?? ""),
        tenant: text("tenant"),
        digest,
        reason: `${text("ground") ?? ""}: ${text("reason") ?? ""}`,
        ticket: text("ticket"),
        dueDays: Number(form.get("dueDays")),
        keyBackupDays: Number(form.get("keyBackupDays")),
      });
      setFault(problem);
      announce(problem ?? "The request is made");
      if (problem === undefined) router.push(urls.shred(store, (answer as { request: { id: string } }).request.id));
    });
  return (
    <form
      aria-label="Request"
      method="post"
      autoComplete="off"
      className="grid max-w-xl gap-2 px-4 pt-3 pb-6"
      onSubmit={(event) => {
        event.preventDefault();
        send(new FormData(event.currentTarget));
      }}
    >
      <label htmlFor={`${id}-subject`}>Person's id, as it stands in events</label>
      <input id={`${id}-subject`} name="subject" className="field mono" maxLength={512} required spellCheck={false} />
      <label htmlFor={`${id}-tenant`}>Tenant (optional)</label>
      <input id={`${id}-tenant`} name="tenant" className="field mono" maxLength={200} spellCheck={false} />
      <label htmlFor={`${id}-ground`}>Legal basis</label>
      <select id={`${id}-ground`} name="ground" className="field" defaultValue={grounds[1]}>
        {grounds.map((ground) => (
          <option key={ground}>{ground}</option>
        ))}
      </select>
      <label htmlFor={`${id}-reason`}>Reason</label>
      <input
        id={`${id}-reason`}
        name="reason"
        className="field"
        maxLength={400}
        required
        aria-describedby={`${id}-reason-note`}
      />
      <p id={`${id}-reason-note`} className="text-muted text-data">
        It stays in the request, the audit and the certificate: write nothing about the person into it.
      </p>
      <label htmlFor={`${id}-ticket`}>Request id of the person's letter or case (optional)</label>
      <input id={`${id}-ticket`} name="ticket" className="field mono" maxLength={100} />
      <label htmlFor={`${id}-due`}>Days until it is due</label>
      <input
        id={`${id}-due`}
        name="dueDays"
        type="number"
        min={1}
        max={365}
        defaultValue={30}
        required
        className="field w-24"
        aria-describedby={`${id}-due-note`}
      />
      <p id={`${id}-due-note`} className="text-muted text-data">
        One month from its receipt by Art. 12 (3) GDPR: less where it was received before today.
      </p>
      <label htmlFor={`${id}-backups`}>Days for which backups of the key database are kept</label>
      <input
        id={`${id}-backups`}
        name="keyBackupDays"
        type="number"
        min={0}
        max={3650}
        defaultValue={7}
        required
        className="field w-24"
        aria-describedby={`${id}-backups-note`}
      />
      <p id={`${id}-backups-note`} className="text-muted text-data">
        The certificate says when the last of them is gone; until then whoever restores one could read again.
      </p>
      {fault ? (
        <p role="alert" className="text-bad">
          {fault}
        </p>
      ) : null}
      <div className="pt-2">
        <button
          {...earlyPress}
          type="submit"
          className="btn"
          data-primary=""
          disabled={pending}
          aria-keyshortcuts="Control+Enter"
        >
          {pending ? "Find what it would touch…" : "Find what it would touch"}
        </button>
      </div>
    </form>
  );
}
