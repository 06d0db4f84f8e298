import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";

/** A stream, to be read from its first event up to a position. */
export type StreamUntil = { readonly stream: string; readonly until: Position };

/** The last event of a page, after which the next one begins. */
export type StreamPlace = { readonly stream: string; readonly version: number };

/** A page of the events of some streams that are of these types, stream by stream, each in the order of its versions. */
export async function readStreams(
  db: pg.Pool | pg.PoolClient,
  streams: readonly StreamUntil[],
  types: readonly string[],
  after: StreamPlace | null,
  limit: number,
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<RecordedEvent>(
    `select e.event_id as id, e.type, e.schema_version as "schemaVersion", e.stream, e.version::float8 as version, e.position, e.slice,
            e.recorded_at as "recordedAt", e.occurred_at as "occurredAt", e.correlation_id as "correlationId",
            e.causation_id as "causationId", e.actor, e.tenant, e.traceparent, e.data, null as metadata, null as command
       from unnest($1::text[], $2::bigint[]) as t(stream, until)
       join events e on e.stream = t.stream and e.position <= t.until and e.type = any ($3)
      where (e.stream, e.version) > ($4::text collate "C", $5::bigint)
      order by e.stream, e.version limit $6`,
    [
      ...[streams.map(({ stream }) => stream), streams.map(({ until }) => until), types],
      ...[after?.stream ?? "", after?.version ?? 0, limit],
    ],
  );
  return rows;
}
