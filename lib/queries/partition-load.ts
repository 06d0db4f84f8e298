import { checkText } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";

/** What one partition of a consumer has before it. */
export type PartitionLoad = {
  readonly partition: number;
  /** Events that wait, of those that were looked at; `more` says that there may be others behind them. */
  readonly behind: number;
  readonly more: boolean;
  /** Age of the oldest of them, milliseconds; 0 when none waits. */
  readonly oldestMs: number;
  /** The stream with the most of what waits, and its share of it, 0 to 1; null where none stands out. */
  readonly hot: { readonly stream: string; readonly share: number } | null;
  /** 95 of 100 batches of the last five minutes took no longer, milliseconds; null when there were none. */
  readonly p95Ms: number | null;
};

/** Events of each type that are looked at, from the checkpoint that is furthest back. */
const EVENTS_LOOKED_AT = 2_000;
/** A stream stands out with so many events that wait, and this share of its partition's. */
const HOT_EVENTS = 10;
const HOT_SHARE = 0.2;

/** What waits in each partition of a projection or process, from the first events that wait along the index of each type. */
export async function partitionLoads({ reads }: QueryContext, name: string): Promise<readonly PartitionLoad[]> {
  const rows = await reads.query<{
    partition: number;
    behind: number;
    more: boolean;
    oldestMs: number;
    stream: string | null;
    most: number;
    p95Ms: number | null;
  }>(
    `with parts as (
       select p.* from consumer_partitions p join consumers c on c.name = p.consumer and c.generation = p.generation where c.name = $1
     ), waiting as (
       select e.position, e.stream, e.slice, e.recorded_at, e.full_type
         from consumers c cross join (select min(checkpoint) as checkpoint from parts) least
        cross join lateral unnest(c.types) as t(type)
        cross join lateral (
          select w.position, w.stream, w.slice, w.recorded_at, count(*) over () = $2::int as full_type from (
            select x.position, x.stream, x.slice, x.recorded_at from events x
             where (x.type, x.position) > (t.type, least.checkpoint) and x.type <= t.type
             order by x.type, x.position limit $2::int) w) e
        where c.name = $1
     ), counted as (
       select p.partition, w.stream, count(*)::int as events, min(w.recorded_at) as oldest, bool_or(w.full_type) as more
         from parts p join waiting w on w.slice >= p.slice_from and w.slice < p.slice_to and w.position > p.checkpoint
        group by 1, 2
     ), summed as (
       select partition, sum(events)::int as behind, bool_or(more) as more, min(oldest) as oldest, max(events) as most,
              (array_agg(stream order by events desc, stream))[1] as stream
         from counted group by 1
     ), worked as (
       select b.partition, percentile_cont(0.95) within group (order by (extract(epoch from b.committed_at - b.read_at) * 1000)::float8) as ms
         from consumer_batches b join consumers c on c.name = b.consumer and c.generation = b.generation
        where b.committed_at > clock_timestamp() - interval '5 minutes' and b.consumer = $1 group by 1
     )
     select p.partition, coalesce(s.behind, 0) as behind, coalesce(s.more, false) as more, s.stream, coalesce(s.most, 0) as most,
            coalesce(extract(epoch from clock_timestamp() - s.oldest) * 1000, 0)::float8 as "oldestMs", w.ms as "p95Ms"
       from parts p left join summed s using (partition) left join worked w using (partition) order by p.slice_from`,
    [checkText(name, "name"), EVENTS_LOOKED_AT],
  );
  return rows.map(({ stream, most, ...load }) => {
    const share = load.behind === 0 ? 0 : most / load.behind;
    const standsOut = stream !== null && most >= HOT_EVENTS && share >= HOT_SHARE;
    return { ...load, oldestMs: Math.max(0, load.oldestMs), hot: standsOut ? { stream, share } : null };
  });
}
