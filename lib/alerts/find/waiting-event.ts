import type { EventAt } from "@/lib/alerts/finding";
import type { ReadDatabase } from "@/lib/db/read-database";

/** So many events of a type are looked at for the first of a partition's own. */
const LOOKED_AT = 500;

/**
 * SQL: of a partition `s` with its consumer's types, the position of the first event of its own behind its checkpoint, when it was
 * recorded, and whether there may be `more`. It is found along the index of each type, not by a walk through the log, and among the
 * first ones only: where all events of a type are another partition's, the walk would be as long as the log.
 */
export const oldestOwn = `
     select min(each.position) as position, min(each.recorded_at) as recorded_at, bool_or(each.seen = ${LOOKED_AT}) as more
       from unnest(s.types) as t(type)
      cross join lateral (
        select min(near.position) filter (where near.own) as position, min(near.recorded_at) filter (where near.own) as recorded_at,
               count(*) as seen
          from (select e.position, e.recorded_at, e.slice >= s.slice_from and e.slice < s.slice_to as own from events e
                 where (e.type, e.position) > (t.type, s.checkpoint) and e.type <= t.type and e.position <= h.position
                 order by e.type, e.position limit ${LOOKED_AT}) near) each`;

/** The event of a row; its position is null where none of the first ones behind the checkpoint is the partition's own. */
export type WaitingRow = {
  readonly position: bigint | null;
  readonly event_id: string;
  readonly stream: string;
  readonly version: bigint;
  readonly type: string;
};

/** The event of a row by its place. */
export function eventOf({ position, event_id: eventId, stream, version, type }: WaitingRow): EventAt | null {
  return position === null
    ? null
    : { ...{ position: String(position), eventId, stream }, ...{ version: String(version), type } };
}

/** Where a consumer stands: the first event that it has not applied, in which partition, and what that one's fault is. */
type Waiting = { readonly event: EventAt; readonly partition: number; readonly error: string | null };

const SQL = `
  with behind as materialized (
    select c.name as consumer, c.types, p.partition, p.checkpoint, p.slice_from, p.slice_to, p.error
      from consumers c join consumer_partitions p on p.consumer = c.name and p.generation = c.generation
     cross join high_water h where c.name = any ($1::text[]) and p.checkpoint < h.position)
  select distinct on (s.consumer) s.consumer, s.partition, coalesce(s.error ->> 'name', s.error ->> 'message') as error,
         at.position, at.event_id, at.stream, at.version, at.type
    from behind s
   cross join high_water h
   cross join lateral (${oldestOwn}) oldest
    join events at on at.position = coalesce((s.error ->> 'position')::bigint, oldest.position)
   order by s.consumer, at.position`;

/** Where each of these consumers stands; those that have applied all they read are not told of. */
export async function waitingEvents(
  reads: ReadDatabase,
  consumers: readonly string[],
): Promise<ReadonlyMap<string, Waiting>> {
  if (consumers.length === 0) return new Map();
  const rows = await reads.query<WaitingRow & Omit<Waiting, "event"> & { consumer: string }>(SQL, [consumers]);
  return new Map(
    rows.flatMap((row) => {
      const event = eventOf(row);
      return event ? [[row.consumer, { event, partition: row.partition, error: row.error }] as const] : [];
    }),
  );
}
