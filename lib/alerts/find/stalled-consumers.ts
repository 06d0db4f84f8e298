import type { Finding } from "@/lib/alerts/finding";
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
  readonly position: bigint;
  readonly event_id: string;
  readonly stream: string;
  readonly version: bigint;
  readonly type: string;
};

// Only partitions that have not moved are looked at, so a busy store costs nothing here; the oldest event is found along the
// index of each type, not by a walk through the log.
const SQL = `
  select c.name as consumer, c.kind, c.slo_ms, p.partition, c.state = 'paused' as broken,
         p.lease_expires_at > clock_timestamp() as held, coalesce(p.error ->> 'name', p.error ->> 'message') as error,
         extract(epoch from clock_timestamp() - p.checkpoint_at)::float8 as still_s,
         at.position, at.event_id, at.stream, at.version, at.type
    from consumers c
    join consumer_partitions p on p.consumer = c.name and p.generation = c.generation
   cross join high_water h
   cross join lateral (
     select e.position, e.recorded_at
       from unnest(c.types) as t(type)
      cross join lateral (
        select first.position, first.recorded_at from events first
         where (first.type, first.position) > (t.type, p.checkpoint) and first.type <= t.type and first.position <= h.position
           and first.slice >= p.slice_from and first.slice < p.slice_to
         order by first.type, first.position limit 1) e
      order by e.position limit 1) oldest
   cross join lateral (
     select e.* from events e where e.position = coalesce((p.error ->> 'position')::bigint, oldest.position)) at
   where c.mode = 'async' and (c.state = 'running' or c.state_by = $2)
     and (c.state = 'paused' or (p.checkpoint_at < clock_timestamp() - make_interval(secs => $1)
                                 and oldest.recorded_at < clock_timestamp() - make_interval(secs => $1)))
   order by c.name, p.checkpoint_at`;

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
      : `${row.consumer} stands still at position ${row.position}`,
    cause: {
      ...{ kind: "consumer", consumer: row.consumer, consumerKind: row.kind, partition: row.partition },
      ...{ error: row.error, objectiveMs: row.slo_ms, burn: null },
      event: {
        ...{ position: String(row.position), eventId: row.event_id, stream: row.stream },
        ...{ version: String(row.version), type: row.type },
      },
    },
  }));
}
