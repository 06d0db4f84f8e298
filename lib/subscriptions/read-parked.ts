import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";

/** A stretch of one stream: events of these types above the version `after` and up to the position `until`, at most `limit`. */
export type ParkedStretch = {
  readonly stream: string;
  readonly types: readonly string[];
  readonly after: number;
  readonly until: Position;
  readonly limit: number;
};

/** Reads a parked event and what waits behind it, in the order of the stream; `readAt` is the database's time. */
export async function readParked(
  db: Pick<pg.Pool, "query">,
  { stream, types, after, until, limit }: ParkedStretch,
): Promise<readonly (RecordedEvent & { readonly readAt: string })[]> {
  const { rows } = await db.query<RecordedEvent & { readonly readAt: string }>(
    `select event_id as id, type, schema_version as "schemaVersion", stream, version::float8 as version, position, slice,
            recorded_at as "recordedAt", occurred_at as "occurredAt", correlation_id as "correlationId",
            causation_id as "causationId", actor, tenant, traceparent, data, null as metadata, null as command,
            clock_timestamp() as "readAt"
       from events where stream = $1 and version > $2 and position <= $3 and type = any ($4) order by version limit $5`,
    [stream, after, until, types, limit],
  );
  return rows;
}
