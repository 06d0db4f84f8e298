import { NotFound } from "@/lib/kernel/errors";
import type { Position } from "@/lib/kernel/position";
import type { QueryContext } from "@/lib/queries/query-context";

/** How far a read model is from one change. */
export type BehindChange = {
  readonly name: string;
  readonly reached: boolean;
  readonly checkpoint: string;
  /** Events that it has still to handle up to the change; `more` when there are more than were counted. */
  readonly events: number;
  readonly more: boolean;
  /** At the speed of its last minute; null when it did nothing in it, or is paused. */
  readonly aboutMs: number | null;
  /** Nobody handles anything until it is resumed. */
  readonly paused: boolean;
};

/** Counting stops here. */
const COUNTED_MAX = 1_000;

/** Reads how far a read model is from the change at `position`. Throws `NotFound`. */
export async function behindChange({ reads }: QueryContext, name: string, position: Position): Promise<BehindChange> {
  const [row] = await reads.query<Row>(
    `with c as (
       select c.name, c.types, c.generation, c.state = 'paused' as paused, coalesce(case when c.mode = 'inline'
                then (select case when exists (select from events e where e.position = $2) then greatest(h.position, $2) else h.position end
                        from high_water h)
                else (select min(p.checkpoint) from consumer_partitions p
                       where p.consumer = c.name and p.generation = c.generation) end, 0) as checkpoint
         from consumers c where c.name = $1)
     select c.checkpoint, c.paused,
            (select count(*)::int from unnest(c.types) as t(type) cross join lateral (
               select from events e where e.type = t.type and e.position > c.checkpoint and e.position <= $2
                order by e.position limit $3) waiting) as events,
            b.handled, b.busy_ms
       from c left join lateral (
         select sum(b.events)::float8 as handled,
                sum(extract(epoch from b.committed_at - b.read_at) * 1000)::float8 as busy_ms
           from consumer_batches b
          where b.consumer = c.name and b.generation = c.generation and b.committed_at > now() - interval '60 seconds') b on true`,
    [name, position, COUNTED_MAX + 1],
  );
  if (!row) throw new NotFound("read model", name);
  const events = Math.min(row.events, COUNTED_MAX);
  return {
    name,
    reached: row.checkpoint >= position,
    checkpoint: String(row.checkpoint),
    events,
    more: row.events > COUNTED_MAX,
    aboutMs: row.paused || !row.handled || row.busy_ms === null ? null : (events * row.busy_ms) / row.handled,
    paused: row.paused,
  };
}

type Row = {
  readonly checkpoint: bigint;
  readonly paused: boolean;
  readonly events: number;
  readonly handled: number | null;
  readonly busy_ms: number | null;
};
