import { NotFound } from "@/lib/kernel/errors";
import { checkText } from "@/lib/queries/check-input";
import { type LagMark, lagMarks } from "@/lib/queries/lag-marks";
import type { QueryContext } from "@/lib/queries/query-context";

/** Ranges a lag chart can show: their length, the width of a point, and the width of a stretch of throughput, in seconds. */
const RANGES = {
  "15m": { seconds: 900, point: 3, pace: 60 },
  "1h": { seconds: 3_600, point: 12, pace: 60 },
  "6h": { seconds: 21_600, point: 120, pace: 120 },
  "24h": { seconds: 86_400, point: 300, pace: 300 },
  "7d": { seconds: 604_800, point: 3_600, pace: 3_600 },
  "30d": { seconds: 2_592_000, point: 10_800, pace: 10_800 },
} as const;

/** A range by name. */
export type LagRange = keyof typeof RANGES;

/** Every range, shortest first. */
export const lagRanges = Object.keys(RANGES) as [LagRange, ...LagRange[]];

/** One bucket; `ageMs` and `events` are the worst in it, null where no sample was taken or the lag was unknown. */
type LagPoint = { readonly at: string; readonly ageMs: number | null; readonly events: number | null };

/** Events a second that came in and that were handled in a stretch that begins at `at`; null where it was not measured. */
type PacePoint = { readonly at: string; readonly in: number | null; readonly out: number | null };

/** At most 300 buckets, oldest first, all of the same width; gaps stay gaps. */
export type LagHistory = {
  readonly range: LagRange;
  readonly bucketSeconds: number;
  readonly sloMs: number;
  readonly points: readonly LagPoint[];
  /** In stretches of whole minutes, up to the last that is over. */
  readonly pace: readonly PacePoint[];
  readonly marks: readonly LagMark[];
  /** The worst known age of the range, milliseconds. */
  readonly worstMs: number | null;
};

/**
 * Reads the lag of a consumer over a range that ends now: the last hour from samples of a second, a day from minutes, a month
 * from hours, and what is not summed up yet from the finer. Throws `NotFound`.
 */
export async function lagHistory(context: QueryContext, name: string, range: LagRange): Promise<LagHistory> {
  const { reads } = context;
  checkText(name, "name");
  const [consumer] = await reads.query<{ slo_ms: number }>("select slo_ms from consumers where name = $1", [name]);
  if (!consumer) throw new NotFound("projection", name);
  const { seconds, point: bucketSeconds, pace: paceSeconds } = RANGES[range];
  const [points, pace, marks] = await Promise.all([
    pointsOf(context, name, seconds, bucketSeconds),
    paceOf(context, name, seconds, paceSeconds),
    lagMarks(context, name, seconds),
  ]);
  const known = points.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
  const worstMs = known.length > 0 ? Math.max(...known) : null;
  return { range, bucketSeconds, sloMs: consumer.slo_ms, points, pace, marks, worstMs };
}

/** How wide stretches are read for buckets of a width; 1 is the samples themselves. */
const sourceOf = (bucketSeconds: number) => (bucketSeconds < 60 ? 1 : bucketSeconds < 3_600 ? 60 : 3_600);

// Buckets stand on whole multiples of their width, so that a chart does not shimmer from one look to the next.
const BUCKETS = `
  edge as (select to_timestamp(floor(extract(epoch from clock_timestamp()) / $2::int) * $2::int) as last),
  buckets as (
    select generate_series(last - make_interval(secs => $2::int * ($3::int - 1)), last, make_interval(secs => $2::int)) as at from edge
  )`;

async function pointsOf({ reads }: QueryContext, name: string, seconds: number, bucketSeconds: number) {
  const rows = await reads.query<{ at: string; age_ms: number | null; events: bigint | null }>(
    `with ${BUCKETS}, began as (select min(at) as at from buckets),
     -- From where on nothing is summed up: there the finer is read.
     summed as (
       select case when $4::int = 3600 then (select max(at) + interval '1 hour' from lag_history where consumer = $1 and seconds = 3600) end as hours,
              case when $4::int >= 60 then (select max(at) + interval '1 minute' from lag_history where consumer = $1 and seconds = 60) end as minutes
     ), read as (
       select h.at, h.age_ms, h.events from began, lag_history h where $4::int = 3600 and h.consumer = $1 and h.seconds = 3600 and h.at >= began.at
       union all
       select m.at, m.age_ms, m.events from began, summed, lag_history m where $4::int >= 60 and m.consumer = $1 and m.seconds = 60
          and m.at >= greatest(began.at, summed.hours)
       union all
       select s.at, s.age_ms, s.events from began, summed, lag_samples s where s.consumer = $1 and s.at >= greatest(began.at, summed.minutes)
     ), worst as (
       select to_timestamp(floor(extract(epoch from at) / $2::int) * $2::int) as at, max(age_ms) as age_ms, max(events) as events from read group by 1
     )
     select b.at, w.age_ms, w.events from buckets b left join worst w using (at) order by b.at`,
    [name, bucketSeconds, Math.floor(seconds / bucketSeconds), sourceOf(bucketSeconds)],
  );
  return rows.map(({ at, age_ms: ageMs, events }) => ({ at, ageMs, events: events === null ? null : Number(events) }));
}

/** What came in is what was handled and what the number behind grew by. */
async function paceOf({ reads }: QueryContext, name: string, seconds: number, paceSeconds: number) {
  const rows = await reads.query<{ at: string; came: number | null; handled: number | null }>(
    `with ${BUCKETS}, stretches as (
       select at, handled, behind - lag(behind) over (order by at) as grew, at - lag(at) over (order by at) as apart
         from lag_history where consumer = $1 and seconds = $4::int
          and at >= (select min(at) from buckets) - make_interval(secs => $4::int)
     ), summed as (
       select to_timestamp(floor(extract(epoch from at) / $2::int) * $2::int) as at, sum(handled)::float8 as handled, count(*) as measured,
              case when bool_and(coalesce(apart = make_interval(secs => $4::int), false)) then greatest(sum(handled + grew), 0)::float8 end as came
         from stretches group by 1
     )
     select b.at, s.handled / (s.measured * $4::int) as handled, s.came / (s.measured * $4::int) as came
       from buckets b left join summed s using (at)
      where b.at < (select max(at) + make_interval(secs => $4::int) from lag_history where consumer = $1 and seconds = $4::int)
      order by b.at`,
    [name, paceSeconds, Math.floor(seconds / paceSeconds), Math.max(60, sourceOf(paceSeconds))],
  );
  return rows.map(({ at, came, handled }) => ({ at, in: came, out: handled }));
}
