import type { OnFailure, Projection } from "@/lib/define";
import type { Lag } from "@/lib/queries/lag";
import { errorText } from "@/lib/queries/processed-by";
import { type ProjectionState, pace, projectionState, stateRank } from "@/lib/queries/projection-state";
import type { QueryContext } from "@/lib/queries/query-context";
import { lagOf } from "@/lib/subscriptions/lag";
import { snoozedFingerprintsSql } from "@/lib/subscriptions/snoozed-letters";

export type { ProjectionState } from "@/lib/queries/projection-state";

/** A projection as lists show it. Rates are events a second over the last minute. */
export type ProjectionRow = {
  readonly name: string;
  readonly description: string | null;
  readonly state: ProjectionState;
  /** Why, in a few words, when the state is not live. */
  readonly reason: string | null;
  readonly stateBy: string | null;
  readonly stateAt: string;
  readonly mode: "async" | "inline";
  readonly style: "fold" | "handler";
  readonly version: number;
  readonly generation: number;
  readonly sloMs: number;
  readonly types: readonly string[];
  readonly lag: Lag;
  readonly checkpoint: string;
  readonly checkpointAt: string;
  readonly rateIn: number | null;
  readonly rateOut: number | null;
  readonly trend: "catching up" | "falling behind" | "steady" | null;
  /** Seconds until it has caught up at these rates; `never` when it falls behind; null when unknown or not behind. */
  readonly catchUpSeconds: number | "never" | null;
  readonly partitions: number;
  readonly partitionsOwned: number;
  /** Events that are set aside: those that wait for an operator, and those that are tried again by themselves. */
  readonly parked: {
    readonly waiting: number;
    readonly retrying: number;
    /** How many of those that wait are snoozed. */
    readonly snoozed: number;
  };
  /** What becomes of an event that it cannot apply; null when this code does not know the projection. */
  readonly onFailure: OnFailure | null;
  /** Distinct workers that hold its partitions. */
  readonly workers: readonly string[];
  /** The highest age of each of the last 60 seconds, oldest first; null where there is no sample. */
  readonly spark: readonly (number | null)[];
};

/** All projections, worst first. */
export type ProjectionsList = {
  readonly projections: readonly ProjectionRow[];
  readonly highWater: string;
  readonly head: string;
};

/** Lists every projection with its state and lag, worst first. */
export async function listProjections(context: QueryContext): Promise<ProjectionsList> {
  const { reads } = context;
  const [[mark], projections] = await Promise.all([
    reads.query<{ position: bigint; head: bigint }>(
      `select h.position, greatest(h.position, (select case when is_called then last_value else 0 end from position_seq)) as head
         from high_water h`,
    ),
    projectionRows(context),
  ]);
  return { projections, highWater: String(mark?.position ?? 0n), head: String(mark?.head ?? 0n) };
}

type ConsumerRecord = {
  readonly name: string;
  readonly state: "running" | "paused";
  readonly state_reason: string | null;
  readonly state_by: string | null;
  readonly state_at: string;
  readonly mode: "async" | "inline";
  readonly style: "fold" | "handler";
  readonly version: number;
  readonly generation: number;
  readonly slo_ms: number;
  readonly types: string[];
  readonly checkpoint: bigint;
  readonly checkpoint_at: string;
  readonly checkpoint_age_ms: number;
  readonly partitions: number;
  readonly owned: number;
  readonly workers: string[];
  readonly failure: string | null;
  readonly attempts: number;
  readonly handled: number;
  readonly waiting: number;
  readonly retrying: number;
  readonly snoozed: number;
  readonly high_water: bigint;
  readonly moved_at: string;
};

/** How far back rates and trends look, in seconds; a young consumer has less to look at. */
const PACE_SECONDS = 60;

/** The rows of all projections or of one, worst first. */
export async function projectionRows(context: QueryContext, name: string | null = null): Promise<ProjectionRow[]> {
  const { reads, catalog } = context;
  const [records, lags, samples] = await Promise.all([
    reads.query<ConsumerRecord>(
      `select c.name, c.state, c.state_reason, c.state_by, c.state_at, c.mode, c.style, c.version, c.generation, c.slo_ms, c.types,
              coalesce(p.checkpoint, 0) as checkpoint, coalesce(p.checkpoint_at, c.registered_at) as checkpoint_at,
              coalesce(p.age_ms, 0) as checkpoint_age_ms, c.partitions, coalesce(p.owned, 0) as owned,
              coalesce(p.workers, '{}') as workers, p.failure, coalesce(p.attempts, 0) as attempts,
              coalesce(b.handled, 0)::int as handled, coalesce(d.waiting, 0)::int as waiting, coalesce(d.retrying, 0)::int as retrying,
              coalesce(d.snoozed, 0)::int as snoozed, h.position as high_water, h.moved_at
         from high_water h cross join consumers c
         left join lateral (
           select min(q.checkpoint) as checkpoint, max(q.checkpoint_at) as checkpoint_at,
                  (extract(epoch from clock_timestamp() - max(q.checkpoint_at)) * 1000)::float8 as age_ms,
                  (count(*) filter (where q.lease_expires_at > clock_timestamp()))::int as owned,
                  array_agg(distinct q.owner) filter (where q.lease_expires_at > clock_timestamp()) as workers,
                  (array_agg(q.error::text order by q.attempts desc) filter (where q.error is not null))[1] as failure,
                  max(q.attempts) as attempts
             from consumer_partitions q where q.consumer = c.name and q.generation = c.generation) p on true
         left join (select recent.consumer, recent.generation, sum(recent.events) as handled from consumer_batches recent
                     where recent.committed_at > now() - make_interval(secs => $2) group by 1, 2) b on b.consumer = c.name and b.generation = c.generation
         left join (select l.consumer, l.generation, count(*) filter (where l.state = 'parked') as waiting,
                           count(*) filter (where l.state <> 'parked') as retrying,
                           count(*) filter (where l.state = 'parked' and z.fingerprint is not null) as snoozed
                      from dead_letters l left join (${snoozedFingerprintsSql}) z on z.fingerprint = l.fingerprint
                     where l.closed_at is null group by 1, 2) d on d.consumer = c.name and d.generation = c.generation
        where c.kind = 'projection' and ($1::text is null or c.name = $1)`,
      [name, PACE_SECONDS],
    ),
    lagOf(reads, name === null ? { kind: "projection" } : { consumers: [name] }),
    recentSamples(context, name),
  ]);
  const known = new Map(catalog.projections.map((projection) => [projection.name, projection]));
  return records
    .map((record) =>
      toRow(record, lags.get(record.name) ?? NEVER, samples.get(record.name) ?? NO_SAMPLES, known.get(record.name)),
    )
    .sort((a, b) => stateRank[a.state] - stateRank[b.state] || age(b.lag) - age(a.lag) || a.name.localeCompare(b.name));
}

const NEVER: Lag = { known: false, since: null, reason: "never-started" };
const NO_SAMPLES: Samples = {
  spark: Array.from({ length: PACE_SECONDS }, () => null),
  leastAgeMs: null,
  behindBefore: null,
};

function toRow(record: ConsumerRecord, lag: Lag, samples: Samples, known: Projection | undefined): ProjectionRow {
  const inline = record.mode === "inline";
  const shown: Lag = inline ? { known: true, ageMs: 0, events: 0, more: false } : lag;
  const { state, reason } = projectionState({
    mode: record.mode,
    switchedTo: record.state,
    switchedBy: record.state_by,
    switchReason: record.state_reason,
    lag: shown,
    sloMs: record.slo_ms,
    leastAgeMs: samples.leastAgeMs,
    checkpointAgeMs: record.checkpoint_age_ms,
    parked: record,
    failure: record.failure === null ? null : { message: errorText(record.failure), attempts: record.attempts },
  });
  const behindBefore = samples.behindBefore;
  return {
    name: record.name,
    description: known?.description ?? null,
    state,
    reason,
    stateBy: record.state_by,
    stateAt: record.state_at,
    mode: record.mode,
    style: record.style,
    version: record.version,
    generation: record.generation,
    sloMs: record.slo_ms,
    types: record.types,
    lag: shown,
    checkpoint: String(inline ? record.high_water : record.checkpoint),
    checkpointAt: inline ? record.moved_at : record.checkpoint_at,
    ...(inline
      ? { rateIn: null, rateOut: null, trend: null, catchUpSeconds: null }
      : pace({ behind: lag.known ? lag.events : null, behindBefore, handled: record.handled, seconds: PACE_SECONDS })),
    partitions: record.partitions,
    partitionsOwned: record.owned,
    parked: { waiting: record.waiting, retrying: record.retrying, snoozed: record.snoozed },
    onFailure: known?.onFailure ?? null,
    workers: record.workers,
    spark: samples.spark,
  };
}

type Samples = {
  readonly spark: readonly (number | null)[];
  readonly leastAgeMs: number | null;
  /** Events behind in the oldest sample of the window. */
  readonly behindBefore: number | null;
};

async function recentSamples({ reads }: QueryContext, name: string | null): Promise<ReadonlyMap<string, Samples>> {
  const rows = await reads.query<{ consumer: string; second: number; age_ms: number | null; events: bigint | null }>(
    `select s.consumer, least(greatest(floor(extract(epoch from now() - s.at)), 0), $2 - 1)::int as second,
            max(s.age_ms) as age_ms, max(s.events) as events
       from consumers c
       join lag_samples s on s.consumer = c.name and s.at > now() - make_interval(secs => $2)
      where $1::text is null or c.name = $1
      group by 1, 2 order by 1, 2 desc`,
    [name, PACE_SECONDS],
  );
  const found = new Map<string, { spark: (number | null)[]; leastAgeMs: number | null; behindBefore: number | null }>();
  for (const { consumer, second, age_ms, events } of rows) {
    const samples = found.get(consumer) ?? { ...NO_SAMPLES, spark: [...NO_SAMPLES.spark] };
    found.set(consumer, samples);
    samples.spark[PACE_SECONDS - 1 - second] = age_ms;
    samples.behindBefore ??= events === null ? null : Number(events);
    if (second < 10 && age_ms !== null) samples.leastAgeMs = Math.min(samples.leastAgeMs ?? age_ms, age_ms);
  }
  return found;
}

function age(lag: Lag): number {
  return lag.known ? lag.ageMs : Number.MAX_SAFE_INTEGER;
}
