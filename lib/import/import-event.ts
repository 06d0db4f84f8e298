/**
 * An event of a foreign log, checked and ready to be stored. `data` and `metadata` are JSON text; ids are canonical UUIDs;
 * `occurredAt` is ISO 8601 with a zone, null where the foreign log does not say.
 */
export type ImportEvent = {
  /** Where it stands in the input, counted from 1. */
  readonly line: number;
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  /** The payload as it was read, where `data` holds it sealed. */
  readonly plain?: string;
  readonly metadata: string;
  readonly occurredAt: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly traceparent: string | null;
  /** UTF-8 bytes of the payload. */
  readonly bytes: { readonly data: number; readonly metadata: number };
};

/** A line that was not stored: `reason` is a stable word, `message` says what is wrong with it and what would be right. */
export type RefusedLine = { readonly line: number; readonly reason: string; readonly message: string };
