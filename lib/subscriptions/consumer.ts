import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";
import type { FailurePolicy } from "@/lib/subscriptions/failure-policy";

/** A durable consumer as code knows it. The database knows the same facts in `consumers`, per generation. */
export type Consumer = {
  readonly name: string;
  readonly kind: "projection" | "process" | "relay";
  readonly mode: "async" | "inline";
  readonly style: "fold" | "handler";
  /** Raised when what it makes of the log changes; a new generation is then built beside the one that serves. */
  readonly version: number;
  readonly partitions: number;
  readonly types: readonly string[];
  /** False when it asks no event for its correlation, causation, actor or trace; history is read without them then. */
  readonly context?: boolean;
  /** The staleness objective, in milliseconds. */
  readonly sloMs: number;
  /** What becomes of an event that it cannot apply; `defaultPolicy` where nothing is said. */
  readonly failurePolicy?: FailurePolicy;
  /** Makes what turns events into effects for one partition while it is held; nothing of it outlives the lease. */
  readonly open: (held: Held) => Applier;
};

/** What an applier is opened for. `fresh`: no event of this partition and generation has had an effect yet. */
export type Held = { readonly pool: pg.Pool; readonly generation: number; readonly fresh: boolean };

/** Turns batches of events into effects. It may remember what it wrote until `forget`. */
export type Applier = {
  /**
   * Does everything that can be done before the transaction: decode, load, fold. A batch may be prepared while the one
   * before it is being committed. Throws `EventFailed`.
   */
  readonly prepare: (events: readonly RecordedEvent[]) => Promise<Effects>;
  /** Drops everything remembered, because a prepared batch was not committed. */
  readonly forget: () => void;
};

/**
 * The effects of a batch. `statement`: parts of one SQL statement, each held back by `exists (select from moved)`, with
 * parameters from `firstParameter` on; they are committed by the statement that moves the checkpoint. A part may refer to
 * an earlier one as `part_<its index>`, which is then done before it. `transaction`:
 * statements of its own in the transaction that moves the checkpoint at its end; it throws `EventFailed`.
 */
export type Effects =
  | { readonly kind: "statement"; readonly parts: readonly string[]; readonly values: readonly unknown[] }
  | { readonly kind: "transaction"; readonly run: (client: pg.PoolClient) => Promise<void> };

/** The first parameter that a statement's parts may use; those before it belong to the checkpoint. */
export const firstParameter = 11;

/** One event of a batch could not be applied. `index` is its place in the batch. */
export class EventFailed extends TidemarkError {
  constructor(
    readonly index: number,
    readonly event: RecordedEvent,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      "internal",
      `${event.type} at position ${event.position} (${event.stream}, version ${event.version}) was not applied: ${reason}`,
      { eventId: event.id, type: event.type, stream: event.stream, position: String(event.position) },
      { cause },
    );
  }
}

/** Another worker holds the partition now, or its checkpoint was moved by hand: nothing more may be written under this lease. */
export class LeaseLost extends TidemarkError {
  constructor(consumer: string, partition: number) {
    super("conflict", `Partition ${partition} of ${consumer} is no longer held by this worker.`, {
      consumer,
      partition,
    });
  }
}
