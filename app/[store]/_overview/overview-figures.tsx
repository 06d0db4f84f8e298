import { Figure } from "@/app/_ui/figure";
import { formatAgo, formatCount, formatDuration, formatRate, plural, UNKNOWN } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { PositionPill } from "@/app/_ui/position-pill";
import { Sparkline } from "@/app/_ui/sparkline";
import type { Overview } from "@/lib/queries/overview";

/** The six figures: append rate, head, worst lag, events behind, high-water agent, workers. */
export function OverviewFigures({ overview }: { overview: Overview }) {
  const { health, appendRate, projections } = overview;
  const now = Date.parse(health.now);
  const { worstLag, highWater, workers } = health;
  const alive = workers.filter((worker) => worker.alive).length;
  const behind = projections.some((row) => !row.lag.known)
    ? null
    : projections.reduce((sum, row) => sum + (row.lag.known ? row.lag.events : 0), 0);
  const paused = projections.filter(({ state }) => state === "paused").length;
  const unpublished = BigInt(health.head) - BigInt(highWater.position);
  return (
    <dl className="grid grid-cols-2 gap-px border-y bg-line *:bg-canvas sm:grid-cols-3 xl:grid-cols-6">
      <Figure label="Append rate" value={`≈ ${formatRate(appendRate.perSecond, "ev")}`}>
        <Sparkline values={appendRate.spark} label="Events appended a second over the last minute" />
      </Figure>
      <Figure label="Head" value={formatCount(health.head)}>
        {unpublished > 0n ? `${formatCount(unpublished)} not yet readable` : "all of it readable"}
      </Figure>
      <Figure label="Worst lag" value={<WorstLag lag={worstLag} projections={projections} />}>
        {worstLag === null || worstLag === "unknown" ? (
          worstLag === "unknown" ? (
            "a worker or the agent is missing"
          ) : (
            "nothing registered"
          )
        ) : paused > 0 ? (
          `${plural(paused, "paused projection")} not counted`
        ) : (
          <Sparkline
            values={worstSpark(projections)}
            label="Worst age of an unprocessed event over the last minute"
            className="text-kind-projection"
          />
        )}
      </Figure>
      <Figure label="Events behind" value={behind === null ? UNKNOWN : formatCount(behind)}>
        over {plural(projections.length, "projection")}
      </Figure>
      <Figure
        label="High-water mark"
        value={<Said status={highWater.alive ? "ok" : "bad"}>{highWater.alive ? "moving" : "no agent"}</Said>}
        title={highWater.agent ?? "no agent"}
      >
        <PositionPill position={highWater.position} /> {formatAgo(highWater.movedAt, now)}
      </Figure>
      <Figure
        label="Workers"
        value={<Said status={alive === 0 ? "bad" : alive < workers.length ? "warn" : "ok"}>{formatCount(alive)}</Said>}
        title={workers.map((worker) => worker.id).join(", ")}
      >
        {alive < workers.length
          ? `${workers.length - alive} not heard of`
          : `PostgreSQL ${health.serverVersion.split(" ")[0]}`}
      </Figure>
    </dl>
  );
}

function Said({ status, children }: { status: Status; children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center gap-2">
      <Glyph status={status} size={12} />
      {children}
    </span>
  );
}

function WorstLag({ lag, projections }: { lag: Overview["health"]["worstLag"]; projections: Overview["projections"] }) {
  if (lag === "unknown") return <Said status="stale">unknown</Said>;
  if (lag === null) return UNKNOWN;
  const slo = projections.find((row) => row.name === lag.consumer)?.sloMs ?? Number.POSITIVE_INFINITY;
  return <Said status={lag.ageMs > slo ? "warn" : "ok"}>{lag.events === 0 ? "0 ms" : formatDuration(lag.ageMs)}</Said>;
}

/** Second by second the worst of all projections; unknown where one of them is. */
function worstSpark(projections: Overview["projections"]): (number | null)[] {
  const lagging = projections.filter((row) => row.mode === "async");
  const length = Math.max(0, ...lagging.map((row) => row.spark.length));
  return Array.from({ length }, (_, index) => {
    const values = lagging.map((row) => row.spark[index] ?? null);
    return values.includes(null) ? null : Math.max(...values.map(Number));
  });
}
