import { formatBytes, formatCount, formatDuration, formatTime, plural } from "@/app/_ui/format";
import { Section } from "@/app/_ui/page-header";
import { PlainTable } from "@/app/_ui/plain-table";
import type { DryRun } from "@/lib/projections/rebuild/dry-run";
import type { RebuildPlan } from "@/lib/projections/rebuild/plan-rebuild";
import { type Mode, modes } from "./mode-form";

/** What will happen, in the order in which an operator asks. */
export function PlanFacts({ plan, mode }: { plan: RebuildPlan; mode: Mode }) {
  const { events, seconds, from, to } = plan;
  const about = events.exact ? "" : "≈ ";
  const facts: readonly (readonly [string, string])[] = [
    ["Replays", `${about}${formatCount(events.events)} events of ${plural(plan.types.length, "type")}`],
    [
      "From",
      from === null || to === null
        ? "no event yet"
        : `${formatTime(from, { year: true })} to ${formatTime(to, { year: true })}`,
    ],
    ["Readers", `stay on generation ${plan.liveGeneration}, version ${plan.liveVersion}, until it is promoted`],
    [
      "Builds",
      `version ${plan.version}, ${plan.style === "fold" ? "folded in memory, written once" : "replayed by the workers"}`,
    ],
    ["Rows now", `≈ ${formatCount(plan.rowsNow)}`],
    ["Space", `about ${formatBytes(plan.bytesNow)} more, until the old generation is retired`],
    [
      "Time",
      seconds === null
        ? "not measured: the workers replay it at their own pace"
        : `${formatDuration(seconds.low * 1_000)} to ${formatDuration(seconds.high * 1_000)}, from rates measured just now`,
    ],
    ["Promotion", modes[mode][0]],
    ["Undo", "cancel at any time; after promotion, one press goes back"],
  ];
  return (
    <>
      <Section title="What will happen" className="pb-3">
        <dl className="grid gap-x-6 gap-y-1 px-4">
          {facts.map(([name, value]) => (
            <div key={name} className="flex min-w-0 gap-3">
              <dt className="w-24 shrink-0 text-muted">{name}</dt>
              <dd className="min-w-0">{value}</dd>
            </div>
          ))}
          <div className="flex min-w-0 gap-3">
            <dt className="w-24 shrink-0 text-muted">Effects</dt>
            <dd className="min-w-0">
              {plan.sideEffects.map((sentence) => (
                <p key={sentence}>{sentence}</p>
              ))}
            </dd>
          </div>
        </dl>
      </Section>
      {plan.dryRun ? <DryRunFacts dryRun={plan.dryRun} live={plan.liveGeneration} /> : null}
    </>
  );
}

function DryRunFacts({ dryRun, live }: { dryRun: DryRun; live: number }) {
  return (
    <Section title="Dry run" className="border-t pb-3">
      <p className="px-4 pb-2">
        {dryRun.why ??
          `${plural(dryRun.compared, "row")} folded in memory with today's code: ${formatCount(dryRun.equal)} come out as they are, ${formatCount(dryRun.differing.length)} otherwise.`}
      </p>
      {dryRun.differing.length === 0 ? null : (
        <PlainTable
          label="Rows that would come out otherwise"
          heads={["Row", "Field", `Generation ${live}`, "Rebuilt"]}
        >
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
    </Section>
  );
}
