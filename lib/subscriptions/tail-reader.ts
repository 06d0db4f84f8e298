import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";
import { type Batch, type BatchRequest, readBatch } from "@/lib/subscriptions/read-batch";

/** Reads batches for many partitions. What it promises of each batch is what `readBatch` promises. */
export type TailReader = { readonly read: (request: BatchRequest) => Promise<Batch> };

/** The newest part of the log, `from` exclusive to `to` inclusive, as the last two readings brought it. */
type Tail = {
  readonly from: Position;
  readonly middle: Position;
  readonly to: Position;
  readonly older: readonly RecordedEvent[];
  readonly newer: readonly RecordedEvent[];
  readonly readAt: string;
  readonly highWater: Position;
};

const TAIL_LIMIT = 1_000;

/**
 * One reading of the newest events serves every partition of this process that has kept up, so that a notification costs
 * one statement and not one a partition. A partition further back reads for itself. `types` are all that anybody here
 * handles.
 */
export function createTailReader(pool: pg.Pool, types: readonly string[]): TailReader {
  let tail: Tail | undefined;
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  async function extend(): Promise<void> {
    const before = tail;
    if (!before) return;
    const { middle, to, newer } = before;
    const batch = await readBatch(pool, { types, sliceFrom: 0, sliceTo: 1_024, after: to, limit: TAIL_LIMIT });
    const { readAt, highWater } = batch;
    // A burst is no tail: everybody reads for himself, in large batches, until one has caught up again.
    if (batch.more) tail = undefined;
    else if (batch.events.length === 0) tail = { ...before, to: batch.to, readAt, highWater };
    else tail = { from: middle, middle: to, to: batch.to, older: newer, newer: batch.events, readAt, highWater };
  }

  /** A reading that starts after this call: one under way may have looked before the event was there that woke us. */
  function fresh(): Promise<void> {
    if (!running) {
      running = extend().finally(() => {
        running = undefined;
      });
      return running;
    }
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined;
        return fresh();
      });
    return queued;
  }

  return {
    async read(request) {
      if (tail && request.after >= tail.to) await fresh();
      if (tail && request.after >= tail.from) return serve(tail, request);
      const batch = await readBatch(pool, request);
      if (!tail && !batch.more) {
        const { to, readAt, highWater } = batch;
        tail = { from: to, middle: to, to, older: [], newer: [], readAt, highWater };
      }
      return batch;
    },
  };
}

function serve(tail: Tail, { types, sliceFrom, sliceTo, after, limit }: BatchRequest): Batch {
  const mine = (event: RecordedEvent) =>
    event.slice >= sliceFrom && event.slice < sliceTo && types.includes(event.type) && event.position > after;
  const events = [...(after < tail.middle ? tail.older.filter(mine) : []), ...tail.newer.filter(mine)];
  const { readAt, highWater } = tail;
  if (events.length > limit) {
    const cut = events.slice(0, limit);
    return { events: cut, to: cut.at(-1)?.position ?? after, more: true, readAt, highWater };
  }
  return { events, to: tail.to > after ? tail.to : after, more: false, readAt, highWater };
}
