import { checkText, checkTime, invalid } from "@/lib/queries/check-input";
import { readHighWater } from "@/lib/queries/list-events";
import { positionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";

/** Events in a stretch of recording time. */
type HistogramBucket = { readonly from: string; readonly to: string; readonly events: number };

/** Buckets oldest first. Without a filter the counts are differences of positions (≈: burnt positions count). */
export type EventHistogram = {
  readonly buckets: readonly HistogramBucket[];
  /** False when counting stopped at its bound; the oldest buckets are then too low. */
  readonly complete: boolean;
};

/** What a histogram is asked by; `from` and `to` are ISO 8601. */
export type HistogramRequest = {
  readonly from: string;
  readonly to: string;
  readonly buckets?: number | undefined;
  readonly type?: string | undefined;
  readonly category?: string | undefined;
};

/** Index entries that one filtered histogram counts. */
const COUNT_MAX = 10_000;

/** Counts events over recording time, newest first until a bound. Throws `InvalidRequest`. */
export async function eventHistogram(context: QueryContext, request: HistogramRequest): Promise<EventHistogram> {
  const edges = edgesOf(request);
  const [highWater, positions] = await Promise.all([readHighWater(context), positionsAt(context.reads, edges)]);
  const counted =
    request.type === undefined && request.category === undefined
      ? {
          counts: positions.slice(1).map((position, index) => Number(position - (positions[index] ?? 0n))),
          complete: true,
        }
      : await countWithin(context, request, positions, highWater);
  const buckets = counted.counts.map((events, index) => ({
    from: edges[index] ?? "",
    to: edges[index + 1] ?? "",
    events: Math.max(0, events),
  }));
  return { buckets, complete: counted.complete };
}

function edgesOf({ from, to, buckets = 60 }: HistogramRequest): string[] {
  const start = Date.parse(checkTime(from, "from"));
  const width = (Date.parse(checkTime(to, "to")) - start) / buckets;
  if (!(Number.isInteger(buckets) && buckets >= 1 && buckets <= 120)) throw invalid("buckets", "must be from 1 to 120");
  if (!(width > 0)) throw invalid("to", "must be after from");
  return Array.from({ length: buckets + 1 }, (_, index) => new Date(start + index * width).toISOString());
}

async function countWithin(
  { reads }: QueryContext,
  { type, category }: HistogramRequest,
  positions: readonly bigint[],
  highWater: bigint,
): Promise<{ counts: number[]; complete: boolean }> {
  // With both conditions the type is walked and the category is checked on each row.
  const column = type === undefined ? "category" : "type";
  const value = checkText(type ?? category ?? "", column);
  const last = positions.at(-1) ?? 0n;
  const rows = await reads.query<{ bucket: number; events: number; walked: number }>(
    `select width_bucket(w.position, $2::bigint[]) as bucket, count(*) filter (where w.counts)::int as events, count(*)::int as walked
       from (select e.position, $5::text is null or e.category = $5::text as counts from events e
              where (e.${column}, e.position) >= ($1::text, $3::bigint) and (e.${column}, e.position) < ($1::text, $4::bigint)
              order by e.${column} desc, e.position desc limit $6::int) w
      group by 1`,
    [
      value,
      positions,
      positions[0] ?? 0n,
      last <= highWater ? last : highWater + 1n,
      type !== undefined && category !== undefined ? checkText(category, "category") : null,
      COUNT_MAX,
    ],
  );
  const counts = positions.slice(1).map(() => 0);
  for (const { bucket, events } of rows) counts[bucket - 1] = events;
  return { counts, complete: rows.reduce((sum, { walked }) => sum + walked, 0) < COUNT_MAX };
}
