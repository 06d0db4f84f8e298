"use client";
import { useId } from "react";
import { urls } from "@/app/_lib/urls";
import { Fault, Field } from "@/app/_ui/act-fields.client";
import { textOf, useFormAct } from "@/app/_ui/act-form.client";
import { earlyPress } from "@/app/_ui/early-press";

/**
 * Finds a person by their id. It goes into the body of a request and is stored nowhere; the page of the person has the digest that
 * stands for it in its address.
 */
export function FindPerson({ store }: { store: string }) {
  const note = useId();
  const { onSubmit, pending, fault } = useFormAct({
    url: urls.api(store, "/subjects/find"),
    // The id as it was typed: a space may be part of it.
    body: (form) => ({ subject: String(form.get("subject") ?? ""), tenant: textOf(form, "tenant") }),
    next: (answer) => urls.subject(store, (answer as { subject: string }).subject),
  });
  return (
    <form
      aria-label="Find a person"
      method="post"
      autoComplete="off"
      className="border-b px-4 py-2"
      onSubmit={onSubmit}
    >
      <div className="flex flex-wrap items-end gap-3">
        <div className="grid gap-1">
          <Field
            label="Person's id, as it stands in events"
            name="subject"
            className="mono w-72 max-w-full"
            maxLength={512}
            required
            spellCheck={false}
            aria-keyshortcuts="/"
            aria-describedby={note}
          />
        </div>
        <div className="grid gap-1">
          <Field label="Tenant (optional)" name="tenant" className="mono w-40" maxLength={200} spellCheck={false} />
        </div>
        <button {...earlyPress} type="submit" className="btn" data-primary="" disabled={pending}>
          {pending ? "Find…" : "Find"}
        </button>
      </div>
      <p id={note} className="pt-1 text-muted text-data">
        It is stored nowhere and stands in no address; the audit has a keyed digest of it.
      </p>
      <Fault className="pt-1">{fault}</Fault>
    </form>
  );
}
