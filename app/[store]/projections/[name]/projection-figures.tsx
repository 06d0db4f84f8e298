import { Figure } from "@/app/_ui/figure";
import { formatCount, formatDuration, formatFlow } from "@/app/_ui/format";
import { LagAge, LagCount, unknownWhy } from "@/app/_ui/lag-cell";
import { catchUpWords } from "@/app/_ui/projection-state";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { ProjectionRow } from "@/lib/queries/list-projections";
import type { ProjectionPage } from "@/lib/queries/projection-page";

/** The five figures of a projection: age, count, flow, recovery, checkpoint. */
export function ProjectionFigures({
  projection,
  working,
}: {
  projection: ProjectionRow;
  working: ProjectionPage["working"];
}) {
  const { lag, sloMs, rateIn, rateOut, trend, checkpoint, checkpointAt } = projection;
  return (
    <dl className="grid grid-cols-2 gap-px border-y bg-line *:bg-canvas max-xl:*:last:col-span-2 sm:grid-cols-3 xl:grid-cols-5">
      <Figure label="Oldest unprocessed" value={<LagAge lag={lag} sloMs={sloMs} />}>
        {lag.known ? `objective ${formatDuration(sloMs)}` : unknownWhy(lag)}
      </Figure>
      <Figure label="Events behind" value={<LagCount lag={lag} />}>
        {trend ?? ""}
      </Figure>
      <Figure label="In / out" value={formatFlow(rateIn, rateOut)}>
        {working === null
          ? "no batch in 5 min"
          : `a batch: p50 ${formatDuration(working.p50)}, p95 ${formatDuration(working.p95)}`}
      </Figure>
      <Figure label="Catch-up" value={catchUpWords(projection)}>
        at the rates of the last minute
      </Figure>
      <Figure label="Checkpoint" value={formatCount(checkpoint)}>
        <TimeCell at={checkpointAt} />
      </Figure>
    </dl>
  );
}
