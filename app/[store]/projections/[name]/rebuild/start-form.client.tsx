"use client";
import { WhyFields } from "@/app/_ui/act-fields.client";
import { ActForm, textOf } from "@/app/_ui/act-form.client";

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
  return (
    <ActForm
      label="Start"
      url={url}
      body={(form) => ({ ...body, reason: textOf(form, "reason"), ticket: textOf(form, "ticket") })}
      next={() => runHref}
      done="The rebuild has begun"
      staleWhenRefused
      button={confirm}
      leads
    >
      <WhyFields asked={{ reason: true, ticket: false }} />
    </ActForm>
  );
}
