/** An event as lists show it: everything but the payload. Positions are decimal strings, times ISO 8601 UTC (µs). */
export type EventRow = {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
  readonly recordedAt: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly traceparent: string | null;
  /** Bytes of the stored payload. */
  readonly bytes: number;
};

/** The same with its payload and metadata as the stored JSON text, byte for byte. */
export type EventWithPayload = EventRow & { readonly data: string; readonly metadata: string | null };

/** The columns of `EventRow`, of the table or subquery `e`. */
export const eventColumns = `e.event_id, e.type, e.schema_version, e.stream, e.version, e.position, e.recorded_at, e.occurred_at,
  e.correlation_id, e.causation_id, e.actor, e.tenant, e.traceparent, octet_length(e.data::text) as bytes`;

/** A row of `eventColumns` as the database gives it. */
export type EventRecord = {
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly stream: string;
  readonly version: bigint;
  readonly position: bigint;
  readonly recorded_at: string;
  readonly occurred_at: string;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly traceparent: string | null;
  readonly bytes: number;
};

/** `eventColumns` with payload and metadata. */
export type EventRecordWithPayload = EventRecord & { readonly data: string; readonly metadata: string | null };

/** A database row as lists show it. */
export function toEventRow(record: EventRecord): EventRow {
  return {
    id: record.event_id,
    type: record.type,
    schemaVersion: record.schema_version,
    stream: record.stream,
    version: Number(record.version),
    position: String(record.position),
    recordedAt: record.recorded_at,
    occurredAt: record.occurred_at,
    correlationId: record.correlation_id,
    causationId: record.causation_id,
    actor: record.actor,
    tenant: record.tenant,
    traceparent: record.traceparent,
    bytes: record.bytes,
  };
}

/** The same with payload and metadata. */
export function toEventWithPayload(record: EventRecordWithPayload): EventWithPayload {
  return { ...toEventRow(record), data: record.data, metadata: record.metadata };
}
