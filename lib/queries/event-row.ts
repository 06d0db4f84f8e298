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
