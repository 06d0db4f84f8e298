import { urls } from "@/app/_lib/urls";
import { plural } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import type { RebuildPreview } from "@/lib/operations/rebuild-projection";
import { type Draft, fieldsOf, queryOf } from "./draft";
import { PlanFacts } from "./plan-facts";
import { StartForm } from "./start-form.client";
import { StepButtons } from "./steps";

/** The fourth step: the whole plan, and the approval of exactly this plan. */
export function ReviewStep({
  store,
  name,
  draft,
  plan,
  hash,
}: {
  store: string;
  name: string;
  draft: Draft;
  plan: RebuildPreview;
  hash: string;
}) {
  const { events, part } = plan;
  const amount = `${events.exact ? "" : "≈ "}${plural(events.events, "event")}`;
  const what = part ? `a part of ${name}` : name;
  return (
    <>
      <PlanFacts store={store} name={name} draft={draft} plan={plan} />
      <Section
        title="Approval"
        className="border-t"
        aside={
          <span className="text-data text-muted">
            plan <span className="mono">{hash.slice(0, 8)}</span>
          </span>
        }
      >
        {plan.blocked === null ? (
          <StartForm
            url={urls.api(store, `/projections/${encodeURIComponent(name)}/rebuild`)}
            confirm={`Rebuild ${what} from ${amount} in ${store}`}
            body={{ ...fieldsOf(draft), approved: hash }}
            runHref={urls.rebuild(store, name, { step: "run" })}
          />
        ) : (
          <p className="px-4 text-bad">{plan.blocked}</p>
        )}
      </Section>
      <StepButtons
        back={urls.rebuild(store, name, queryOf(draft, "dry-run"))}
        leads={plan.blocked === null ? "starts" : null}
      />
    </>
  );
}
