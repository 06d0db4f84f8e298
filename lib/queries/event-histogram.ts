import { checkText, checkTime, invalid } from "@/lib/queries/check-input";
import { positionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";

/** Events in a stretch of recording time; `exact` when each was counted, else the figure is an estimate (≈). */
type HistogramBucket = {
  readonly from: string;
  readonly to: string;
  readonly events: number;
  readonly exact: boolean;
};

/**
 * Buckets oldest first. Without a filter the counts are differences of positions, and burnt positions count (≈). With one,
 * a bucket is counted where it is small and estimated from samples all over it where it is large.
 */
export type EventHistogram = {
  readonly buckets: readonly HistogramBucket[];
  /** Whether every bucket is exact. */
  readonly complete: boolean;
};

/** What a histogram is asked by; `from` and `to` are ISO 8601. Of several conditions the narrowest index is counted. */
export type HistogramRequest = {
  readonly from: string;
  readonly to: string;
  readonly buckets?: number | undefined;
  readonly type?: string | undefined;
  readonly tenant?: string | undefined;
  readonly category?: string | undefined;
};

/** Each bucket is looked at in so many parts, and so many index entries of each are counted at most. */
const PARTS = 4;
const PART_MAX = 40;

/** Counts events over recording time, the same few thousand index entries at any size of the log. Throws `InvalidRequest`. */
export async function eventHistogram(context: QueryContext, request: HistogramRequest): Promise<EventHistogram> {
  const edges = edgesOf(request);
  // None is beyond the high-water mark, which never falls: what is counted between them is settled.
  const positions = await positionsAt(context.reads, edges);
  const [column, value] = conditionOf(request);
  const counts =
    value === undefined
      ? positions.slice(1).map((end, index) => ({ events: Number(end - (positions[index] ?? 0n)), exact: false }))
      : await countParts(context, column, value, partsOf(positions));
  const buckets = counts.map(({ events, exact }, index) => ({
    from: edges[index] ?? "",
    to: edges[index + 1] ?? "",
    events: Math.max(0, events),
    exact,
  }));
  return { buckets, complete: buckets.every(({ exact }) => exact) };
}

/** The time that the readable log spans, `beyond` being just after its last event; undefined while it is empty. */
export async function logSpan({ reads }: QueryContext): Promise<{ first: string; beyond: string } | undefined> {
  const [span] = await reads.query<{ first: string | null; last: string | null }>(
    `select (select recorded_at from events order by position limit 1) as first,
            (select recorded_at from events where position <= (select position from high_water)
              order by position desc limit 1) as last`,
  );
  if (!span?.first || !span.last) return undefined;
  return { first: span.first, beyond: new Date(Date.parse(span.last) + 1).toISOString() };
}

function edgesOf({ from, to, buckets = 60 }: HistogramRequest): string[] {
  const start = Date.parse(checkTime(from, "from"));
  const width = (Date.parse(checkTime(to, "to")) - start) / buckets;
  if (!(Number.isInteger(buckets) && buckets >= 1 && buckets <= 120)) throw invalid("buckets", "must be from 1 to 120");
  if (!(width > 0)) throw invalid("to", "must be after from");
  return Array.from({ length: buckets + 1 }, (_, index) => new Date(start + index * width).toISOString());
}

function conditionOf({ type, tenant, category }: HistogramRequest): [column: string, value: string | undefined] {
  if (type !== undefined) return ["type", checkText(type, "type")];
  if (tenant !== undefined) return ["tenant", checkText(tenant, "tenant")];
  return ["category", category === undefined ? undefined : checkText(category, "category")];
}

type Part = { readonly low: bigint; readonly high: bigint };

/** Every bucket cut into parts of equal length; the high one of a part is outside of it. */
function partsOf(positions: readonly bigint[]): Part[] {
  return positions.slice(1).flatMap((end, index) => {
    const low = positions[index] ?? 0n;
    const width = end > low ? end - low : 0n;
    const cut = (nth: number) => low + (width * BigInt(nth)) / BigInt(PARTS);
    return Array.from({ length: PARTS }, (_, nth) => ({ low: cut(nth), high: cut(nth + 1) }));
  });
}

/** Counts the first entries of each part; where there are more, their density stands for the rest of the part. */
async function countParts({ reads }: QueryContext, column: string, value: string, parts: readonly Part[]) {
  const rows = await reads.query<{ counted: number; last: bigint | null }>(
    `select w.counted, w.last
       from unnest($2::bigint[], $3::bigint[]) with ordinality as part(low, high, nth)
      cross join lateral (
        select count(*)::int as counted, max(e.position) as last
          from (select e.position from events e
                 where (e.${column}, e.position) >= ($1::text, part.low) and (e.${column}, e.position) < ($1::text, part.high)
                   and e.${column} is not null and part.low < part.high
                 order by e.${column}, e.position limit ${PART_MAX}) e) w
      order by part.nth`,
    [value, parts.map(({ low }) => low), parts.map(({ high }) => high)],
  );
  const counts: { events: number; exact: boolean }[] = [];
  for (let first = 0; first < parts.length; first += PARTS) {
    let [events, exact] = [0, true];
    for (let nth = first; nth < first + PARTS; nth++) {
      const [part, row] = [parts[nth], rows[nth]];
      if (!part || !row) continue;
      const walked = row.counted < PART_MAX || row.last === null ? null : Number(row.last - part.low + 1n);
      exact &&= walked === null;
      events += walked === null ? row.counted : (row.counted / walked) * Number(part.high - part.low);
    }
    counts.push({ events: Math.round(events), exact });
  }
  return counts;
}
