import type { RecordedEvent } from "@/lib/event-store/recorded-event";

/** A stored event for tests that need only some of its fields; the rest are plausible. */
export function storedEvent(
  fields: Partial<RecordedEvent> & { readonly type: string; readonly data: string },
): RecordedEvent {
  const version = fields.version ?? 1;
  return {
    id: `00000000-0000-7000-8000-${String(version).padStart(12, "0")}`,
    schemaVersion: 1,
    stream: "order-42",
    version,
    position: BigInt(version),
    slice: 0,
    recordedAt: "2026-01-05T10:00:00.000000Z",
    occurredAt: "2026-01-05T10:00:00.000000Z",
    correlationId: "c",
    causationId: null,
    actor: null,
    tenant: null,
    traceparent: null,
    metadata: null,
    command: null,
    ...fields,
  };
}
