import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";
import { foldEvent, type KeyedEvent, keyedEvents } from "@/lib/projections/fold-batch";
import { createFoldTable } from "@/lib/projections/fold-table";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import type { ReadModelTable } from "@/lib/projections/read-model-table";
import { createReplayRows, type ReplayRows } from "@/lib/projections/rebuild/replay-rows";
import { type ReplayTarget, takeOverReplay } from "@/lib/projections/rebuild/replay-writer";
import type { FoldedRow } from "@/lib/projections/row-cache";
import { EventFailed } from "@/lib/subscriptions/consumer";
import { type Batch, readBatch } from "@/lib/subscriptions/read-batch";

/** What a replay works on. `rowsMax` bounds the rows in memory, for tests. */
export type Replay = ReplayTarget & {
  /** Aborted to pause: what is folded is written with its checkpoint, and the next replay goes on from there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void | Promise<void>;
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

const BATCH = 10_000;
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
  const rows = createReplayRows(writer.fresh, replay.rowsMax);
  const types = consumerFacts(replay.projection, replay.catalog).types;
  const read = (after: Position) => {
    const batch = readBatch(replay.pool, { types, sliceFrom: 0, sliceTo: 1_024, after, limit: BATCH });
    batch.catch(() => undefined);
    return batch;
  };

  let events = 0;
  let position = writer.from;
  let ahead: Promise<Batch> | undefined = position < until ? read(position) : undefined;
  let writtenAt = performance.now();
  while (ahead) {
    const batch = await ahead;
    const last = batch.to >= until;
    ahead = last || replay.signal?.aborted ? undefined : read(batch.to);
    // Folding keeps the process busy until the batch is done; what is read ahead must be on its way before that.
    await new Promise(setImmediate);
    const mine = last ? upTo(batch.events, until) : batch.events;
    await foldInto(replay, writer.model, rows, mine);
    position = last ? until : batch.to;
    events += mine.length;
    await replay.onProgress?.({ position, until, events, at: mine.at(-1)?.recordedAt ?? null });
    const due = performance.now() - writtenAt > WRITE_EVERY_MS;
    if (last || !(rows.full() || due || !ahead)) continue;
    await writer.write(rows.dirty(), position);
    rows.written();
    writtenAt = performance.now();
  }
  if (position < until) return false;
  await writer.finish(rows.dirty());
  return true;
}

/** The events up to a position; a batch may reach beyond the mark, because the log went on. */
function upTo(events: readonly RecordedEvent[], until: Position): readonly RecordedEvent[] {
  return (events.at(-1)?.position ?? 0n) <= until ? events : events.filter(({ position }) => position <= until);
}

async function foldInto(
  { pool, projection, catalog }: Replay,
  model: ReadModelTable,
  rows: ReplayRows,
  events: readonly RecordedEvent[],
): Promise<void> {
  const dirty = rows.dirty();
  let index = 0;
  try {
    if (rows.complete()) {
      const rowOf = (key: string) => rows.clean(key) ?? NO_ROW;
      for (const event of events) {
        for (const keyed of keyedEvents(projection, catalog, event)) foldEvent(projection, keyed, rowOf, dirty);
        index += 1;
      }
      return;
    }
    const batch: (readonly KeyedEvent[])[] = [];
    for (const event of events) {
      batch.push(keyedEvents(projection, catalog, event));
      index += 1;
    }
    index = NO_EVENT;
    const keys = new Set(batch.flatMap((keyed) => keyed.flatMap((each) => each.keys)));
    const missing = [...keys].filter((key) => !dirty.has(key) && !rows.clean(key));
    const loaded = await createFoldTable(model.table, model).load(pool, missing);
    index = 0;
    const rowOf = (key: string) => rows.clean(key) ?? loaded.get(key) ?? NO_ROW;
    for (const keyed of batch) {
      for (const each of keyed) foldEvent(projection, each, rowOf, dirty);
      index += 1;
    }
  } catch (error) {
    const event = events[index];
    throw event ? new EventFailed(index, event, error) : error;
  }
}

const NO_ROW: FoldedRow = { row: null, version: 0, position: 0n };

/** While rows are loaded, no event is to blame for what fails. */
const NO_EVENT = -1;
