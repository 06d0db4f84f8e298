import type { EventAt, Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";
import { BREAKER } from "@/lib/subscriptions/breaker";

type Row = {
  readonly consumer: string;
  readonly kind: string;
  readonly partition: number;
  readonly slo_ms: number;
  readonly still_s: number;
  readonly held: boolean;
  readonly broken: boolean;
  readonly error: string | null;
  /** Null when none of the first events after the checkpoint is the partition's own. */
  readonly position: bigint | null;
  readonly event_id: string;
  readonly stream: string;
  readonly version: bigint;
  readonly type: string;
};

/** So many events of a type are looked at for the first of a partition's own. */
const LOOKED_AT = 500;

// Only partitions that have not moved are looked at, chosen before the log is: a busy store costs nothing here. The oldest event
// is found along the index of each type, not by a walk through the log, and among the first ones only: where all events of a type are
// another partition's, the walk would be as long as the log. A partition that does not even pass those stands still, too.
const SQL = `
  with still as materialized (
    select c.name as consumer, c.kind, c.slo_ms, c.types, c.state = 'paused' as broken, p.partition, p.checkpoint, p.checkpoint_at,
           p.slice_from, p.slice_to, p.lease_expires_at, p.error
      from consumers c join consumer_partitions p on p.consumer = c.name and p.generation = c.generation
     where c.mode = 'async' and (c.state = 'running' or c.state_by = $2)
       and (c.state = 'paused' or p.checkpoint_at < clock_timestamp() - make_interval(secs => $1)))
  select s.consumer, s.kind, s.slo_ms, s.partition, s.broken, s.lease_expires_at > clock_timestamp() as held,
         coalesce(s.error ->> 'name', s.error ->> 'message') as error,
         extract(epoch from clock_timestamp() - s.checkpoint_at)::float8 as still_s,
         at.position, at.event_id, at.stream, at.version, at.type
    from still s
   cross join high_water h
   cross join lateral (
     select min(each.position) as position, min(each.recorded_at) as recorded_at, bool_or(each.seen = ${LOOKED_AT}) as more
       from unnest(s.types) as t(type)
      cross join lateral (
        select min(near.position) filter (where near.own) as position, min(near.recorded_at) filter (where near.own) as recorded_at,
               count(*) as seen
          from (select e.position, e.recorded_at, e.slice >= s.slice_from and e.slice < s.slice_to as own from events e
                 where (e.type, e.position) > (t.type, s.checkpoint) and e.type <= t.type and e.position <= h.position
                 order by e.type, e.position limit ${LOOKED_AT}) near) each) oldest
    left join lateral (
      select e.* from events e where e.position = coalesce((s.error ->> 'position')::bigint, oldest.position)) at on true
   where case when oldest.position is null then oldest.more
              else s.broken or oldest.recorded_at < clock_timestamp() - make_interval(secs => $1) end
   order by s.consumer, s.checkpoint_at`;

/**
 * Consumers of which a partition has events to apply and does not: no checkpoint for so long, or stopped by its own breaker.
 * An operator's pause is no stall. Of a partition that nobody holds, another rule tells.
 */
export async function findStalledConsumers(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const rows = await reads.query<Row>(SQL, [settingOf(settings, "seconds"), BREAKER]);
  const worst = new Map<string, Row>();
  for (const row of rows) {
    const known = worst.get(row.consumer);
    if (!known || (row.held && !known.held)) worst.set(row.consumer, row);
  }
  return [...worst.values()].map((row) => ({
    subject: row.consumer,
    verdict: row.held || row.broken ? "breached" : "held",
    severity: "critical",
    value: Math.round(row.still_s),
    title: row.broken
      ? `${row.consumer} was stopped by its breaker`
      : `${row.consumer} stands still ${row.position === null ? "before events of other partitions" : `at position ${row.position}`}`,
    cause: {
      ...{ kind: "consumer", consumer: row.consumer, consumerKind: row.kind, partition: row.partition },
      ...{ error: row.error, objectiveMs: row.slo_ms, burn: null },
      event: eventOf(row),
    },
  }));
}

function eventOf({ position, event_id: eventId, stream, version, type }: Row): EventAt | null {
  return position === null
    ? null
    : { ...{ position: String(position), eventId, stream }, ...{ version: String(version), type } };
}
