import type { Position } from "@/lib/kernel/position";

/**
 * An event as the log holds it. `data` and `metadata` are the stored JSON text, byte for byte; parse them only where
 * their content is needed. Times are ISO 8601 UTC with microseconds.
 */
export type RecordedEvent = {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly stream: string;
  readonly version: number;
  readonly position: Position;
  readonly slice: number;
  readonly recordedAt: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly actor: string | null;
  readonly tenant: string | null;
  readonly traceparent: string | null;
  readonly data: string;
  readonly metadata: string | null;
  /** The command that caused it, as JSON text of `CommandNote`; null for plain appends. */
  readonly command: string | null;
};

/** What the log remembers of the command behind an event: enough to draw its span without any sampled trace. */
export type CommandNote = {
  readonly id: string;
  readonly name: string;
  /** When the request was received, ISO 8601 UTC. */
  readonly receivedAt: string;
  readonly loadMs: number;
  readonly decideMs: number;
  /** 1 when the first try succeeded. */
  readonly attempts: number;
  /** HMAC-SHA-256 of the input under the idempotency key: tells a replay from a reuse, says nothing about the input. */
  readonly inputDigest?: string;
};

/** What the caller expects of a stream: an exact version, no stream, some stream, or nothing. */
export type ExpectedVersion = number | "none" | "exists" | "any";

/** An event to append. `data` and `metadata` are JSON text that has passed `checkJson`; ids are canonical UUIDs. */
export type NewEvent = {
  readonly id?: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly metadata?: string | null;
  readonly occurredAt?: string | null;
  readonly causationId?: string | null;
};

/** One stream's part of an append. */
export type StreamWrite = {
  readonly stream: string;
  readonly expectedVersion: ExpectedVersion;
  readonly events: readonly NewEvent[];
};

/** One atomic append: all its writes or none. The context fields are given to each of its events. */
export type Append = {
  readonly writes: readonly StreamWrite[];
  readonly idempotencyKey?: string | null;
  readonly correlationId?: string | null;
  readonly causationId?: string | null;
  readonly actor?: string | null;
  readonly tenant?: string | null;
  readonly traceparent?: string | null;
  readonly command?: CommandNote | null;
};

/** Where one write of an append ended up. `replayed` means that an earlier call with the same ids had stored it. */
export type WriteResult = {
  readonly stream: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  readonly recordedAt: string;
  readonly replayed: boolean;
};
