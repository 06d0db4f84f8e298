import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";
import { foldEvents } from "@/lib/projections/fold-batch";
import { createFoldTable } from "@/lib/projections/fold-table";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { createReadAhead } from "@/lib/projections/rebuild/read-ahead";
import { createReplayRows } from "@/lib/projections/rebuild/replay-rows";
import { type ReplayTarget, takeOverReplay } from "@/lib/projections/rebuild/replay-writer";
import { createSparingReplay } from "@/lib/projections/rebuild/sparing-replay";
import { readBatch } from "@/lib/subscriptions/read-batch";

/** What a replay works on. `rowsMax` bounds the rows in memory, for tests. */
export type Replay = ReplayTarget & {
  /** Aborted to pause: what is folded is written with its checkpoint, and the next replay goes on from there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void | Promise<void>;
  /** Called when what is folded was committed. */
  readonly onWritten?: () => Promise<void>;
  readonly rowsMax?: number;
};

/** How far a replay is. Positions up to `position` of `until` are folded; `events` were read by this process. */
type ReplayProgress = {
  readonly position: Position;
  readonly until: Position;
  readonly events: number;
  /** When the last event folded was recorded, ISO 8601 UTC; null before the first. */
  readonly at: string | null;
};

/** What a crash can cost: everything is written at least this often. */
const WRITE_EVERY_MS = 60_000;

/**
 * Folds the log up to the generation's mark in memory and writes the rows once, by COPY, into a table without indexes;
 * where they do not fit into memory, what has changed is written with the checkpoint whenever it is full. Then come the
 * key, statistics and the partitions, and workers follow the log from the mark. Every write is fenced by the
 * generation's epoch, which a later replay of the same generation raises: killed at any line, it goes on from what it
 * wrote last. Resolves with whether it is done. Throws `EventFailed` at an event that cannot be applied.
 */
export async function replayFold(replay: Replay): Promise<boolean> {
  const writer = await takeOverReplay(replay);
  if (writer.done) return true;
  const { until } = writer;
  const table = createFoldTable(writer.model.table, writer.model);
  const rows = createReplayRows(writer.fresh, replay.rowsMax);
  const types = consumerFacts(replay.projection, replay.catalog).types;
  const all = { types, sliceFrom: 0, sliceTo: 1_024, context: replay.projection.context };
  const whole = (after: Position, upTo: Position, limit: number) =>
    readBatch(replay.pool, { ...all, after, upTo, limit });
  const fold = (events: readonly RecordedEvent[], check: () => void) => {
    const atHand = { complete: rows.complete(), known: rows.clean, load: table.load.bind(undefined, replay.pool) };
    return foldEvents(replay.projection, replay.catalog, events, atHand, rows.dirty(), check);
  };
  const replaying = createSparingReplay({ types, whole, fold });
  const read = (after: Position, upTo: Position, limit: number) =>
    all.context
      ? whole(after, upTo, limit)
      : readBatch(replay.pool, { ...all, after, upTo, limit, sparing: replaying.sparing() });
  const ahead = createReadAhead(read, writer.from, until);

  let events = 0;
  let position = writer.from;
  let writtenAt = performance.now();
  while (position < until) {
    const batch = await ahead.next();
    if (!batch) break;
    // Folding keeps the process busy until the batch is done; what is read ahead must be on its way before that.
    await new Promise(setImmediate);
    await replaying.fold(batch, position);
    position = batch.to;
    events += batch.events.length;
    await replay.onProgress?.({ position, until, events, at: batch.events.at(-1)?.recordedAt ?? null });
    const due = performance.now() - writtenAt > WRITE_EVERY_MS;
    if (position >= until || !(rows.full() || due || replay.signal?.aborted)) continue;
    await writer.write(rows.dirty(), position);
    rows.written();
    await replay.onWritten?.();
    writtenAt = performance.now();
    if (replay.signal?.aborted) break;
  }
  if (position < until) return false;
  await writer.finish(rows.dirty());
  await replay.onWritten?.();
  return true;
}
