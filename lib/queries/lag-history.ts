import { NotFound } from "@/lib/kernel/errors";
import { isoOfMicroseconds, microseconds } from "@/lib/kernel/time";
import { checkText, checkTime, invalid } from "@/lib/queries/check-input";
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

/** What is asked for: a range that ends now, or a time from the one to the other, ISO 8601. */
export type LagSpan = LagRange | { readonly from: string; readonly to: string };

/** One bucket; `ageMs` and `events` are the worst in it, null where no sample was taken or the lag was unknown. */
type LagPoint = { readonly at: string; readonly ageMs: number | null; readonly events: number | null };

/** Events a second that came in and that were handled in a stretch that begins at `at`; null where it was not measured. */
type PacePoint = { readonly at: string; readonly in: number | null; readonly out: number | null };

/**
 * How long the batches of a stretch took from reading to commit, milliseconds: of a stretch of several minutes (or hours,
 * beyond three days) the slowest one. Null where no batch was committed or nobody measured.
 */
type WorkingPoint = {
  readonly at: string;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
};

/** At most 300 buckets, oldest first, all of the same width; gaps stay gaps. */
export type LagHistory = {
  /** Null for a time of its own. */
  readonly range: LagRange | null;
  readonly from: string;
  readonly to: string;
  readonly bucketSeconds: number;
  readonly sloMs: number;
  readonly points: readonly LagPoint[];
  /** In stretches of whole minutes, up to the last that is over. */
  readonly pace: readonly PacePoint[];
  /** In the same stretches. */
  readonly working: readonly WorkingPoint[];
  readonly marks: readonly LagMark[];
  /** The worst known age of the range, milliseconds. */
  readonly worstMs: number | null;
};

/**
 * Reads the lag of a consumer over a time: the last hour from samples of a second, a day from minutes, a month from hours,
 * and what is not summed up yet from the finer. Throws `NotFound`, and `InvalidRequest` for what is no time.
 */
export async function lagHistory(context: QueryContext, name: string, span: LagSpan): Promise<LagHistory> {
  checkText(name, "name");
  const [consumer] = await context.reads.query<{ slo_ms: number; now: string }>(
    "select slo_ms, clock_timestamp() as now from consumers where name = $1",
    [name],
  );
  if (!consumer) throw new NotFound("projection", name);
  const { seconds, point: bucketSeconds, pace: paceSeconds, to } = widthsOf(span, consumer.now);
  const from = isoOfMicroseconds((microseconds(to) ?? 0n) - BigInt(seconds) * 1_000_000n);
  const of = (width: number): Buckets => ({ name, width, count: Math.ceil(seconds / width), to });
  const [points, [pace, working], marks] = await Promise.all([
    pointsOf(context, of(bucketSeconds)),
    stretchesOf(context, of(paceSeconds)),
    lagMarks(context, name, from, to),
  ]);
  const known = points.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
  const worstMs = known.length > 0 ? Math.max(...known) : null;
  const range = typeof span === "string" ? span : null;
  return { range, from, to, bucketSeconds, sloMs: consumer.slo_ms, points, pace, working, marks, worstMs };
}

/** How wide a bucket may be, in seconds. */
const WIDTHS = [1, 3, 12, 60, 120, 300, 900, 3_600, 10_800] as const;
const POINTS_MAX = 300;
/** A time of its own is at least so long, seconds: fewer samples say nothing. And at most as long as lag is kept. */
const SHORTEST = 10;
const LONGEST = 32 * 86_400;

/** The length and the widths of what is asked for. Samples are gone after a day, minutes after three. */
function widthsOf(span: LagSpan, now: string) {
  if (typeof span === "string") return { ...RANGES[span], to: now };
  const nowMs = Date.parse(now);
  const fromMs = Date.parse(checkTime(span.from, "from"));
  const toMs = Math.min(nowMs, Date.parse(checkTime(span.to, "to")));
  const seconds = Math.ceil((toMs - fromMs) / 1_000);
  if (seconds < SHORTEST || seconds > LONGEST) {
    throw invalid("from", `must be from ${SHORTEST} s to 32 days before \`to\`, and before now`);
  }
  const agoSeconds = (nowMs - fromMs) / 1_000;
  const finest = agoSeconds > 3 * 86_400 ? 3_600 : agoSeconds > 86_400 ? 60 : 1;
  const point = WIDTHS.find((width) => width >= finest && seconds / width <= POINTS_MAX) ?? 10_800;
  return { seconds, point, pace: Math.max(60, point), to: new Date(toMs).toISOString() };
}

/** How wide stretches are read for buckets of a width; 1 is the samples themselves. */
const sourceOf = (bucketSeconds: number) => (bucketSeconds < 60 ? 1 : bucketSeconds < 3_600 ? 60 : 3_600);

/** `count` buckets of a consumer, each `width` seconds wide; the last is the one that `to` is in. */
type Buckets = { readonly name: string; readonly width: number; readonly count: number; readonly to: string };

// Buckets stand on whole multiples of their width, so that a chart does not shimmer from one look to the next.
const BUCKETS = `
  edge as (select to_timestamp(floor(extract(epoch from $5::timestamptz) / $2::int) * $2::int) as last),
  buckets as (
    select generate_series(last - make_interval(secs => $2::int * ($3::int - 1)), last, make_interval(secs => $2::int)) as at from edge
  ), bounds as (select min(at) as began, max(at) + make_interval(secs => $2::int) as ended from buckets)`;

async function pointsOf({ reads }: QueryContext, { name, width, count, to }: Buckets) {
  const rows = await reads.query<{ at: string; age_ms: number | null; events: bigint | null }>(
    `with ${BUCKETS},
     -- From where on nothing is summed up: there the finer is read.
     summed as (
       select case when $4::int = 3600 then (select max(at) + interval '1 hour' from lag_history where consumer = $1 and seconds = 3600) end as hours,
              case when $4::int >= 60 then (select max(at) + interval '1 minute' from lag_history where consumer = $1 and seconds = 60) end as minutes
     ), read as (
       select h.at, h.age_ms, h.events from bounds, lag_history h
        where $4::int = 3600 and h.consumer = $1 and h.seconds = 3600 and h.at >= bounds.began and h.at < bounds.ended
       union all
       select m.at, m.age_ms, m.events from bounds, summed, lag_history m
        where $4::int >= 60 and m.consumer = $1 and m.seconds = 60 and m.at >= greatest(bounds.began, summed.hours) and m.at < bounds.ended
       union all
       select s.at, s.age_ms, s.events from bounds, summed, lag_samples s
        where s.consumer = $1 and s.at >= greatest(bounds.began, summed.minutes) and s.at < bounds.ended
     ), worst as (
       select to_timestamp(floor(extract(epoch from at) / $2::int) * $2::int) as at, max(age_ms) as age_ms, max(events) as events from read group by 1
     )
     select b.at, w.age_ms, w.events from buckets b left join worst w using (at) order by b.at`,
    [name, width, count, sourceOf(width), to],
  );
  return rows.map(({ at, age_ms: ageMs, events }) => ({ at, ageMs, events: events === null ? null : Number(events) }));
}

type Stretch = {
  readonly at: string;
  readonly came: number | null;
  readonly handled: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
};

/** What came in is what was handled and what the number behind grew by. */
async function stretchesOf(
  { reads }: QueryContext,
  { name, width, count, to }: Buckets,
): Promise<readonly [readonly PacePoint[], readonly WorkingPoint[]]> {
  const rows = await reads.query<Stretch>(
    `with ${BUCKETS}, stretches as (
       select at, handled, behind - lag(behind) over (order by at) as grew, at - lag(at) over (order by at) as apart,
              working_p50_ms, working_p95_ms, working_p99_ms
         from lag_history, bounds where consumer = $1 and seconds = $4::int
          and at >= bounds.began - make_interval(secs => $4::int) and at < bounds.ended
     ), summed as (
       select to_timestamp(floor(extract(epoch from at) / $2::int) * $2::int) as at, sum(handled)::float8 as handled, count(*) as measured,
              case when bool_and(coalesce(apart = make_interval(secs => $4::int), false)) then greatest(sum(handled + grew), 0)::float8 end as came,
              max(working_p50_ms) as p50, max(working_p95_ms) as p95, max(working_p99_ms) as p99
         from stretches group by 1
     )
     select b.at, s.handled / (s.measured * $4::int) as handled, s.came / (s.measured * $4::int) as came, s.p50, s.p95, s.p99
       from buckets b left join summed s using (at)
      where b.at < (select max(at) + make_interval(secs => $4::int) from lag_history where consumer = $1 and seconds = $4::int)
      order by b.at`,
    [name, width, count, Math.max(60, sourceOf(width)), to],
  );
  return [
    rows.map(({ at, came, handled }) => ({ at, in: came, out: handled })),
    rows.map(({ at, p50, p95, p99 }) => ({ at, p50, p95, p99 })),
  ];
}
