import type pg from "pg";
import { type Batch, type BatchRequest, readBatch } from "@/lib/subscriptions/read-batch";
import { createSharedWindow, type SharedWindow } from "@/lib/subscriptions/shared-window";

/** Reads batches for all partitions of a process; `reader` names the generation they belong to. What it promises of each batch is what `readBatch` promises. */
export type LogReader = { readonly read: (reader: string, request: BatchRequest) => Promise<Batch> };

/** Events that one reading of the newest, and one of history, brings. Two readings are kept. */
const TAIL_EVENTS = 1_000;
const HISTORY_EVENTS = 20_000;

/**
 * One reading serves many: all partitions that have kept up share a window at the end of the log, so that a notification
 * costs one statement and not one a partition; and the partitions of one generation that start together share a window
 * that runs through its history. A partition that is covered by neither reads for itself. `types` are all that anybody
 * here handles.
 */
export function createLogReader(pool: pg.Pool, types: readonly string[]): LogReader {
  let tail: SharedWindow | undefined;
  const histories = new Map<string, SharedWindow>();

  return {
    async read(reader, request) {
      if (tail?.covers(request.after)) {
        const batch = await tail.read(request);
        // A burst is no tail: everybody reads his own history, in large batches, until one has caught up again.
        if (batch.more && batch.highWater - batch.to > BURST) tail = undefined;
        return batch;
      }
      let history = histories.get(reader);
      if (!history) {
        history = createSharedWindow(pool, { ...request, limit: HISTORY_EVENTS, from: request.after });
        histories.set(reader, history);
      }
      const batch = await (history.covers(request.after) ? history.read(request) : readBatch(pool, request));
      if (!batch.more) {
        histories.delete(reader);
        tail ??= createSharedWindow(pool, { types, limit: TAIL_EVENTS, from: batch.to });
      }
      return batch;
    },
  };
}

const BURST = 5_000n;
