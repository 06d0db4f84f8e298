import type pg from "pg";
import { callAppend } from "@/lib/event-store/append-call";
import { appendError, applyInline, createAppendLanes, refusalOf } from "@/lib/event-store/append-lanes";
import { countStored } from "@/lib/event-store/count-appends";
import { type PreparedAppend, prepareAppend } from "@/lib/event-store/prepare-append";
import { createReads } from "@/lib/event-store/read-events";
import type { Append, RecordedEvent, WriteResult } from "@/lib/event-store/recorded-event";
import { findKnown, replay } from "@/lib/event-store/replay";
import { isPersonal, sealAppend } from "@/lib/event-store/seal-append";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Position } from "@/lib/kernel/position";
import type { Sealing } from "@/lib/privacy/sealing";

/** Read models that are written in the append's own transaction; a failure in `apply` refuses the append. */
export type InlineConsumers = {
  readonly handles: (type: string) => boolean;
  readonly apply: (client: pg.PoolClient, events: readonly RecordedEvent[]) => Promise<void>;
};

/** A part of one stream. `from` is the first version forwards (1) or backwards (the newest); `limit` counts events. */
type StreamRead = {
  readonly from?: number;
  readonly limit?: number;
  readonly direction?: "forwards" | "backwards";
};

/** A part of the whole log: positions above `after` and below `before`, and every filter that is given. */
export type LogRead = {
  readonly after?: Position;
  readonly before?: Position;
  readonly limit?: number;
  readonly direction?: "forwards" | "backwards";
  readonly types?: readonly string[];
  readonly category?: string;
  readonly stream?: string;
  readonly correlationId?: string;
  /** Says what is always so: nothing above the high-water mark is returned. */
  readonly upToHighWater?: true;
};

/** The mark and the last position drawn, and when the agent last moved and last checked it (null: never). */
type HighWater = {
  readonly position: Position;
  readonly head: Position;
  readonly movedAt: string;
  readonly checkedAt: string | null;
  readonly agent: string | null;
};

/** The log. Every method throws `Unavailable` when the database cannot be reached. */
export type EventStore = {
  /**
   * Stores all writes or none, and answers once they are durable. Concurrent calls share one transaction, each with its
   * own outcome. Throws `VersionConflict`, `IdempotencyKeyReused`, `PayloadRefused`, `TooLarge`, `InvalidRequest`,
   * and of personal data `SubjectForgotten` and `KeyStoreDown`.
   */
  readonly append: (append: Append) => Promise<readonly WriteResult[]>;
  /** The same inside the caller's transaction: nothing is stored before the caller commits. */
  readonly appendIn: (client: pg.PoolClient, append: Append) => Promise<readonly WriteResult[]>;
  /** Events of one stream, newest commits included. An unknown stream is empty. */
  readonly readStream: (stream: string, read?: StreamRead) => Promise<RecordedEvent[]>;
  /** The same for a fold, which asks for neither metadata nor command: they are null, and a page costs half. */
  readonly readStreamToFold: (
    stream: string,
    page: { readonly from: number; readonly limit: number },
  ) => Promise<RecordedEvent[]>;
  /** Events of the log in the order of positions; never above the high-water mark. */
  readonly readAll: (read: LogRead) => Promise<RecordedEvent[]>;
  readonly readById: (id: string) => Promise<RecordedEvent | undefined>;
  readonly readByPosition: (position: Position) => Promise<RecordedEvent | undefined>;
  /** What an earlier append under this key stored, in its order; empty when there was none. `scope` is the stream of its first write. */
  readonly findByIdempotencyKey: (scope: string, key: string) => Promise<RecordedEvent[]>;
  /** The version of a stream; 0 where there is none. */
  readonly streamVersion: (stream: string) => Promise<number>;
  readonly highWater: () => Promise<HighWater>;
};

/** What a store is made of. `lanes` calls run at once, each with up to `maxBatch` appends. */
export type StoreSettings = {
  readonly pool: pg.Pool;
  readonly inline?: InlineConsumers;
  /** Absent: personal data is stored as it comes. */
  readonly sealing?: Sealing | undefined;
  readonly maxBatch?: number;
  readonly lanes?: number;
};

/** Makes the store over a pool of the application's role (`openPool`). Opens no connection by itself. */
export function createEventStore({ pool, inline, sealing, maxBatch = 128, lanes = 2 }: StoreSettings): EventStore {
  const send = createAppendLanes({ pool, inline, sealing, maxBatch, lanes });

  /** What was stored before a person was forgotten is answered as it was, though nothing new could be sealed for them. */
  async function answerForgotten(database: Pick<pg.Pool, "query">, prepared: PreparedAppend, error: unknown) {
    if (!isForgotten(error) || !prepared.repeatable) throw error;
    if (!(await findKnown(database, [prepared])).has(prepared)) throw error;
    return await replay(database, prepared, sealing);
  }

  return {
    ...createReads(pool),
    append: async (append) => {
      const prepared = prepareAppend(append);
      if (!sealing || !isPersonal(prepared, sealing)) return send(prepared);
      let sealed: PreparedAppend;
      try {
        sealed = await sealAppend(prepared, sealing);
      } catch (error) {
        return await answerForgotten(pool, prepared, error);
      }
      return send(sealed);
    },
    appendIn: async (client, append) => {
      const plain = prepareAppend(append);
      let prepared = plain;
      try {
        if (sealing && isPersonal(plain, sealing)) prepared = await sealAppend(plain, sealing);
      } catch (error) {
        return await answerForgotten(client, plain, error);
      }
      try {
        const outcomes = await callAppend(client, [prepared], { wait: true, lookForKnown: true });
        const [outcome] = outcomes;
        if (outcome?.kind === "known") return await replay(client, prepared, sealing);
        if (outcome?.kind !== "ok") throw outcome ? refusalOf(outcome) : new Error("append gave no outcome");
        if (inline) await applyInline(client, outcomes, inline);
        countStored(prepared);
        return outcome.results;
      } catch (error) {
        throw appendError(error);
      }
    },
  };
}

function isForgotten(error: unknown): boolean {
  return error instanceof TidemarkError && error.code === "subject-forgotten";
}
