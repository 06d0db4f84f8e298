import type { Position } from "@/lib/kernel/position";

/** A command for one stream. Without a correlation id it begins a new conversation; `receivedAt` is ISO 8601 UTC. */
export type CommandRequest = {
  /** The command's own id, where its sender has given it one; absent, it is drawn. */
  readonly commandId?: string | undefined;
  readonly category: string;
  readonly id: string;
  readonly command: string;
  readonly input: unknown;
  readonly idempotencyKey?: string | null | undefined;
  readonly correlationId?: string | null | undefined;
  /** The id of the event that this command answers to; absent, the command itself is the cause of its events. */
  readonly causationId?: string | null | undefined;
  readonly actor?: string | null | undefined;
  readonly tenant?: string | null | undefined;
  /** W3C trace context of the caller. */
  readonly traceparent?: string | null | undefined;
  readonly receivedAt?: string | undefined;
  /** When that which the command reports happened, ISO 8601; absent: when it is recorded. */
  readonly occurredAt?: string | null | undefined;
};

/** An event that a command led to, as its caller needs it. */
type AcceptedEvent = {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly version: number;
  readonly data: unknown;
};

/** A command that was carried out. No events and a null position mean that there was nothing left to do. */
export type Accepted = {
  readonly outcome: "accepted";
  readonly stream: string;
  readonly version: number;
  /** The global position of its last event. */
  readonly position: Position | null;
  readonly events: readonly AcceptedEvent[];
  /** An earlier call with the same idempotency key had done it; this call stored nothing. */
  readonly replayed: boolean;
  /** How often it was decided: more than once after conflicts. */
  readonly attempts: number;
  readonly commandId: string;
  readonly correlationId: string;
};

/** A decision's no; `version` is that of the state which was decided on. */
type Rejected = {
  readonly outcome: "rejected";
  readonly code: string;
  readonly message: string;
  readonly stream: string;
  readonly version: number;
  readonly attempts: number;
  readonly commandId: string;
  readonly correlationId: string;
};

/** What became of a command. */
export type CommandOutcome = Accepted | Rejected;
