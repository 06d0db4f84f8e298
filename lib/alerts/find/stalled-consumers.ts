import { eventOf, oldestOwn, type WaitingRow } from "@/lib/alerts/find/waiting-event";
import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";
import { BREAKER } from "@/lib/subscriptions/breaker";

type Row = WaitingRow & {
  readonly consumer: string;
  readonly kind: string;
  readonly partition: number;
  readonly slo_ms: number;
  readonly still_s: number;
  readonly held: boolean;
  readonly broken: boolean;
  readonly error: string | null;
};

// Only partitions that have not moved are looked at, chosen before the log is: a busy store costs nothing here. A partition that does
// not even pass the first events of others stands still, too.
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
   cross join lateral (${oldestOwn}) oldest
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
