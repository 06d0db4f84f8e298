"use client";
import { urls } from "@/app/_lib/urls";
import { Field, WhyFields } from "@/app/_ui/act-fields.client";
import { ActForm, textOf } from "@/app/_ui/act-form.client";
import { useDemand } from "@/app/_ui/demands.client";

/**
 * The approval of exactly what was frozen. Whoever approves types the person's id, and the server compares it: so two people have
 * to make the same slip before the wrong person is forgotten. It stands in the body only.
 */
export function ApproveForm({
  store,
  request,
  hash,
  confirm,
  waits,
}: {
  store: string;
  request: string;
  hash: string;
  /** On the button: what is erased. */
  confirm: string;
  /** Whether it can still be withdrawn for a while. */
  waits: boolean;
}) {
  const demand = useDemand("approve-shred");
  if (demand?.locked) {
    return <p className="px-4 text-bad">This store is locked: what cannot be taken back is not done here.</p>;
  }
  return (
    <ActForm
      label="Approval"
      url={urls.api(store, `/shreds/${request}/approve`)}
      body={(form) => ({
        preview: hash,
        subject: String(form.get("subject") ?? ""),
        reason: textOf(form, "reason"),
        ticket: textOf(form, "ticket"),
        // Where the store asks for a typed name: more than the request's was typed.
        confirm: request,
      })}
      next={() => urls.shred(store, request, { step: "shred" })}
      done={waits ? "Approved: it begins after its cooling-off time" : "Approved: it has begun"}
      staleWhenRefused
      button={`${confirm} in ${store}, for good`}
      danger
    >
      <Field
        label="To confirm, type the person's id"
        name="subject"
        className="mono"
        maxLength={512}
        required
        spellCheck={false}
        note="As it stands in events. It is compared with the one the request is about, and stored nowhere."
      />
      <WhyFields asked={{ reason: demand?.reason === true, ticket: demand?.ticket === true }} />
    </ActForm>
  );
}
