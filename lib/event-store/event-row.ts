import type { RecordedEvent } from "@/lib/event-store/recorded-event";

/** The columns of `events e` that make a `RecordedEvent`, in the order of `EventRow`. */
export const EVENT_COLUMNS = `e.event_id, e.type, e.schema_version, e.stream, e.version, e.position, e.slice, e.recorded_at,
  e.occurred_at, e.correlation_id, e.causation_id, e.actor, e.tenant, e.traceparent, e.data, e.metadata, e.command`;

/** A row of `EVENT_COLUMNS` as the pool's type parsers give it. */
export type EventRow = {
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly stream: string;
  readonly version: bigint;
  readonly position: bigint;
  readonly slice: number;
  readonly recorded_at: string;
  readonly occurred_at: string;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly traceparent: string | null;
  readonly data: string;
  readonly metadata: string | null;
  readonly command: string | null;
};

/** A row as the event it is; nothing is parsed. */
export function toRecordedEvent(row: EventRow): RecordedEvent {
  return {
    id: row.event_id,
    type: row.type,
    schemaVersion: row.schema_version,
    stream: row.stream,
    version: Number(row.version),
    position: row.position,
    slice: row.slice,
    recordedAt: row.recorded_at,
    occurredAt: row.occurred_at,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
    actor: row.actor,
    tenant: row.tenant,
    traceparent: row.traceparent,
    data: row.data,
    metadata: row.metadata,
    command: row.command,
  };
}
