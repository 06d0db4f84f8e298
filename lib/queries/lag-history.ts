import { NotFound } from "@/lib/kernel/errors";
import { checkText } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";

/** Ranges a lag chart can show, in seconds. */
export const lagRanges = { "15m": 900, "1h": 3_600, "6h": 21_600, "24h": 86_400, "7d": 604_800 } as const;

/** A range by name. */
export type LagRange = keyof typeof lagRanges;

/** One bucket; `ageMs` and `events` are the worst in it, null where no sample was taken or the lag was unknown. */
type LagPoint = { readonly at: string; readonly ageMs: number | null; readonly events: number | null };

/** At most 300 buckets, oldest first, all of the same width; gaps stay gaps. */
export type LagHistory = {
  readonly range: LagRange;
  readonly bucketSeconds: number;
  readonly sloMs: number;
  readonly points: readonly LagPoint[];
  /** The worst known age of the range, milliseconds. */
  readonly worstMs: number | null;
};

/** The most points a chart is given. */
const POINTS_MAX = 300;

/** Reads the lag of a consumer over a range that ends now. Throws `NotFound`. */
export async function lagHistory({ reads }: QueryContext, name: string, range: LagRange): Promise<LagHistory> {
  checkText(name, "name");
  const [consumer] = await reads.query<{ slo_ms: number }>("select slo_ms from consumers where name = $1", [name]);
  if (!consumer) throw new NotFound("projection", name);
  const bucketSeconds = Math.ceil(lagRanges[range] / POINTS_MAX);
  const buckets = lagRanges[range] / bucketSeconds;
  // Buckets stand on whole multiples of their width, so that a chart does not shimmer from one look to the next.
  const rows = await reads.query<{ at: string; age_ms: number | null; events: bigint | null }>(
    `with edge as (select to_timestamp(floor(extract(epoch from clock_timestamp()) / $2::int) * $2::int) as last)
     select bucket.at, s.age_ms, s.events
       from edge
      cross join generate_series(edge.last - make_interval(secs => $2::int * ($3::int - 1)), edge.last, make_interval(secs => $2::int)) as bucket(at)
       left join lateral (
         select max(sample.age_ms) as age_ms, max(sample.events) as events from lag_samples sample
          where sample.consumer = $1 and sample.at >= bucket.at and sample.at < bucket.at + make_interval(secs => $2::int)) s on true
      order by bucket.at`,
    [name, bucketSeconds, buckets],
  );
  const points = rows.map((row) => ({
    at: row.at,
    ageMs: row.age_ms,
    events: row.events === null ? null : Number(row.events),
  }));
  const known = points.flatMap((point) => (point.ageMs === null ? [] : [point.ageMs]));
  return {
    range,
    bucketSeconds,
    sloMs: consumer.slo_ms,
    points,
    worstMs: known.length > 0 ? Math.max(...known) : null,
  };
}
