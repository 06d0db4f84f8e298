import { urls } from "@/app/_lib/urls";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import type { RebuildPreview } from "@/lib/operations/rebuild-projection";
import { type Draft, queryOf } from "./draft";
import { StepButtons } from "./steps";

/** The third step: what today's code makes of a sample of rows, before anything is built. */
export function DryRunStep({
  store,
  name,
  draft,
  plan,
}: {
  store: string;
  name: string;
  draft: Draft;
  plan: RebuildPreview;
}) {
  return (
    <>
      <Section title="Dry run" className="pb-3">
        {plan.dryRun ? (
          <Sampled dryRun={plan.dryRun} />
        ) : (
          <p className="px-4">It writes by SQL of its own, so no row can be tried without building all of them.</p>
        )}
      </Section>
      <StepButtons
        back={urls.rebuild(store, name, queryOf(draft, "scope"))}
        leads={plan.blocked === null ? "goes on" : null}
      >
        {plan.blocked === null ? (
          <Link
            className="btn"
            data-primary=""
            href={urls.rebuild(store, name, queryOf(draft, "review"))}
            aria-keyshortcuts="Control+Enter"
          >
            Review the plan
          </Link>
        ) : (
          <p className="text-bad">{plan.blocked}</p>
        )}
      </StepButtons>
    </>
  );
}

/** The outcome in one sentence. */
export function dryRunWords(dryRun: NonNullable<RebuildPreview["dryRun"]>): string {
  const { why, compared, equal, differing } = dryRun;
  if (why !== null) return why;
  if (differing.length === 0)
    return `${plural(compared, "row")} of a sample, folded anew with today's code: none would change.`;
  return `${plural(compared, "row")} of a sample, folded anew with today's code: ${formatCount(differing.length)} would change, ${formatCount(equal)} would not.`;
}

function Sampled({ dryRun }: { dryRun: NonNullable<RebuildPreview["dryRun"]> }) {
  return (
    <>
      <p className="px-4 pb-2">{dryRunWords(dryRun)}</p>
      {dryRun.differing.length === 0 ? null : (
        <PlainTable label="Rows that would come out otherwise" heads={["Row", "Field", "Now", "Rebuilt"]} whole={false}>
          {dryRun.differing.flatMap(({ key, live: before, rebuilt }) =>
            Object.keys(before ?? rebuilt ?? {}).map((field, index) => (
              <tr key={`${key} ${field}`}>
                <td className="break mono">{index === 0 ? key : ""}</td>
                <td className="text-muted max-md:w-28">{field}</td>
                <td className="mono clip max-w-96">{before?.[field] ?? "null"}</td>
                <td className="mono clip max-w-96">
                  <span className="text-muted md:hidden">→ </span>
                  {rebuilt === null ? "no row" : (rebuilt[field] ?? "null")}
                </td>
              </tr>
            )),
          )}
        </PlainTable>
      )}
    </>
  );
}
