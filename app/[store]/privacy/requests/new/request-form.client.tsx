"use client";
import { urls } from "@/app/_lib/urls";
import { Choice, Field } from "@/app/_ui/act-fields.client";
import { ActForm, textOf } from "@/app/_ui/act-form.client";
import { formatDuration } from "@/app/_ui/format";

/** The grounds of Art. 17 (1) GDPR; what the chosen one says is kept as it stands. */
const grounds = [
  "Art. 17 (1)(a) GDPR, no longer needed",
  "Art. 17 (1)(b) GDPR, consent withdrawn",
  "Art. 17 (1)(c) GDPR, objection",
  "Art. 17 (1)(d) GDPR, unlawfully processed",
  "Art. 17 (1)(e) GDPR, legal obligation",
  "Art. 17 (1)(f) GDPR, offered to a child",
];

const bases = [
  ...grounds.map((ground) => ({ value: ground, words: ground })),
  { value: "", words: "Another: the reason says which" },
];

/** Minutes between the approval and the first destroyed key that are offered, beside what the store asks for. */
const WAITS = [60, 1_440, 0];

/** Those of them that are enough for the store, and what it asks for, the usual one first. */
function waitsFrom(least: number) {
  const enough = [...new Set([...WAITS, least])].filter((minutes) => minutes >= least).sort((a, b) => a - b);
  const ordered = enough.includes(60) ? [60, ...enough.filter((minutes) => minutes !== 60)] : enough;
  return ordered.map((minutes) => ({
    value: String(minutes),
    words:
      minutes === 0
        ? "None: it begins with its approval"
        : `${formatDuration(minutes * 60_000)}, in which it can be withdrawn`,
  }));
}

/** Who, why and by when. The person's id goes into the body of the request only, and this form keeps no draft of it. */
export function RequestForm({
  store,
  digest,
  least,
}: {
  store: string;
  digest: string | undefined;
  /** The cooling-off time that the store asks for at least, in minutes. */
  least: number;
}) {
  const waits = waitsFrom(least);
  return (
    <ActForm
      label="Request"
      url={urls.api(store, "/shreds")}
      body={(form) => ({
        // As it was typed: a space may be part of an id.
        subject: String(form.get("subject") ?? ""),
        tenant: textOf(form, "tenant"),
        digest,
        legalBasis: textOf(form, "legalBasis"),
        reason: textOf(form, "reason"),
        ticket: textOf(form, "ticket"),
        dueDays: Number(form.get("dueDays")),
        keyBackupDays: Number(form.get("keyBackupDays")),
        coolingMinutes: Number(form.get("coolingMinutes")),
      })}
      next={(answer) => urls.shred(store, (answer as { request: { id: string } }).request.id)}
      done="The request is made"
      button="Find what it would touch"
      leads
    >
      <Field
        label="Person's id, as it stands in events"
        name="subject"
        className="mono"
        maxLength={512}
        required
        spellCheck={false}
      />
      <Field label="Tenant (optional)" name="tenant" className="mono" maxLength={200} spellCheck={false} />
      <Choice label="Legal basis" name="legalBasis" choices={bases} defaultValue={grounds[1]} />
      <Field
        label="Reason"
        name="reason"
        maxLength={500}
        required
        note="It stays in the request, the audit and the certificate: write nothing about the person into it."
      />
      <Field
        label="Request id of the person's letter or case (optional)"
        name="ticket"
        className="mono"
        maxLength={100}
      />
      <Field
        label="Days until it is due"
        name="dueDays"
        type="number"
        className="w-24"
        min={1}
        max={365}
        defaultValue={30}
        required
        note="One month from its receipt by Art. 12 (3) GDPR: less where it was received before today."
      />
      <Field
        label="Days for which backups of the key database are kept"
        name="keyBackupDays"
        type="number"
        className="w-24"
        min={0}
        max={3650}
        defaultValue={7}
        required
        note="The certificate says when the last of them is gone; until then whoever restores one could read again."
      />
      <Choice
        label="Cooling off, between approval and the first destroyed key"
        name="coolingMinutes"
        choices={waits}
        defaultValue={waits[0]?.value}
        note={`${least === 0 ? "" : `This store asks for ${formatDuration(least * 60_000)} at least. `}What is appended for the person meanwhile makes the approval void, as ever.`}
      />
    </ActForm>
  );
}
