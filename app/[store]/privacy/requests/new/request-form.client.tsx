"use client";
import { useId } from "react";
import { urls } from "@/app/_lib/urls";
import { Field } from "@/app/_ui/act-fields.client";
import { ActForm, textOf } from "@/app/_ui/act-form.client";

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
  const ground = useId();
  return (
    <ActForm
      label="Request"
      url={urls.api(store, "/shreds")}
      body={(form) => ({
        // As it was typed: a space may be part of an id.
        subject: String(form.get("subject") ?? ""),
        tenant: textOf(form, "tenant"),
        digest,
        reason: `${textOf(form, "ground") ?? ""}: ${textOf(form, "reason") ?? ""}`,
        ticket: textOf(form, "ticket"),
        dueDays: Number(form.get("dueDays")),
        keyBackupDays: Number(form.get("keyBackupDays")),
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
      <label htmlFor={ground}>Legal basis</label>
      <select id={ground} name="ground" className="field" defaultValue={grounds[1]}>
        {grounds.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <Field
        label="Reason"
        name="reason"
        maxLength={400}
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
    </ActForm>
  );
}
