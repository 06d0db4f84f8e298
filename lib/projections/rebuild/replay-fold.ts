import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Position } from "@/lib/kernel/position";
import { foldEvent, type KeyedEvent, keyedEvents } from "@/lib/projections/fold-batch";
import { createFoldTable } from "@/lib/projections/fold-table";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { addKeySql, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import { copyRows } from "@/lib/projections/rebuild/copy-rows";
import { createReplayRows, type ReplayRows } from "@/lib/projections/rebuild/replay-rows";
import type { FoldedRow } from "@/lib/projections/row-cache";
import { EventFailed } from "@/lib/subscriptions/consumer";
import { createPartitions } from "@/lib/subscriptions/generations";
import { type Batch, readBatch } from "@/lib/subscriptions/read-batch";

/** What a replay works on. `rowsMax` bounds the rows in memory, for tests. */
export type Replay = {
  readonly pool: pg.Pool;
  readonly projection: FoldProjection;
  readonly catalog: Catalog;
  readonly generation: number;
  /** Aborted to pause: what is folded is written with its checkpoint, and the next replay goes on from there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void | Promise<void>;
  readonly rowsMax?: number;
};

/** How far a replay is. Positions up to `position` of `until` are folded; `events` were read by this process. */
export type ReplayProgress = {
  readonly position: Position;
  readonly until: Position;
  readonly events: number;
  readonly rows: number;
  /** When the event at `position` was recorded, ISO 8601 UTC; null before the first. */
  readonly at: string | null;
};

const BATCH = 10_000;
const WRITTEN_AT_ONCE = 10_000;
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
  const fence = await takeOver(replay);
  if (fence.done) return true;
  const model = readModelTable(replay.projection, fence.schema, replay.generation);
  const rows = createReplayRows(!fence.keyed, replay.rowsMax);
  const types = [...consumerFacts(replay.projection, replay.catalog).types];
  const writer = createWriter(replay, fence, model, rows);
  const read = (after: Position) => {
    const batch = readBatch(replay.pool, { types, sliceFrom: 0, sliceTo: 1_024, after, limit: BATCH });
    batch.catch(() => undefined);
    return batch;
  };

  let events = 0;
  let position = fence.position;
  let ahead: Promise<Batch> | undefined = position < fence.until ? read(position) : undefined;
  let writtenAt = performance.now();
  while (ahead) {
    const batch = await ahead;
    const last = batch.to >= fence.until;
    ahead = last || replay.signal?.aborted ? undefined : read(batch.to);
    const mine = last ? upTo(batch.events, fence.until) : batch.events;
    await foldInto(replay, model, rows, mine);
    position = last ? fence.until : batch.to;
    events += mine.length;
    const at = mine.at(-1)?.recordedAt ?? null;
    await replay.onProgress?.({ position, until: fence.until, events, rows: rows.dirty().size, at });
    const due = performance.now() - writtenAt > WRITE_EVERY_MS;
    if (!last && (rows.full() || due || !ahead)) {
      await writer.write(position);
      writtenAt = performance.now();
    }
  }
  if (position < fence.until) return false;
  await writer.finish();
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
    index = -1;
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

/** A replay's right to write. `keyed`: rows were written before, and the table has its key. */
type Fence = {
  readonly epoch: bigint;
  readonly until: Position;
  readonly position: Position;
  readonly keyed: boolean;
  readonly done: boolean;
  readonly schema: string;
};

async function takeOver({ pool, projection, generation }: Replay): Promise<Fence> {
  const { rows } = await pool.query<{
    epoch: bigint;
    until: bigint;
    replayed: string | null;
    version: number;
    schema: string;
  }>(
    `update consumer_generations set epoch = epoch + 1
      where consumer = $1 and generation = $2 and state = 'building' and replay_until is not null
      returning epoch, replay_until as until, replayed::text as replayed, version, current_schema() || '_read' as schema`,
    [projection.name, generation],
  );
  const [row] = rows;
  if (!row) throw lost(projection.name, generation);
  if (row.version !== projection.version) {
    throw new TidemarkError(
      "conflict",
      `Generation ${generation} of ${projection.name} is built by version ${row.version} of its code; this process has version ${projection.version}.`,
      { consumer: projection.name, generation, version: row.version },
    );
  }
  const replayed = row.replayed === null ? null : (JSON.parse(row.replayed) as { position: string; done: boolean });
  return {
    epoch: row.epoch,
    until: row.until,
    schema: row.schema,
    position: BigInt(replayed?.position ?? 0),
    keyed: replayed !== null,
    done: replayed?.done ?? false,
  };
}

function createWriter(
  { pool, projection, catalog, generation }: Replay,
  fence: Fence,
  model: ReadModelTable,
  rows: ReplayRows,
) {
  let { keyed } = fence;
  const table = createFoldTable(model.table, model);

  /** Rows and checkpoint are one transaction, in which nobody else has taken over. */
  async function commit(position: Position, done: boolean): Promise<void> {
    await inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(
        `update consumer_generations set replayed = $4
          where consumer = $1 and generation = $2 and epoch = $3 and state = 'building'`,
        [projection.name, generation, fence.epoch, JSON.stringify({ position: String(position), done })],
      );
      if (rowCount !== 1) throw lost(projection.name, generation);
      if (!keyed) await copyRows(client, model, rows.dirty());
      else for (const some of chunks(rows.dirty())) await upsert(client, some);
      if (!keyed) await client.query(addKeySql(model));
      if (done) {
        await client.query(`analyze ${model.table}`);
        await createPartitions(client, consumerFacts(projection, catalog), generation, fence.until);
      }
    });
    keyed = true;
    rows.written();
  }

  async function upsert(client: pg.PoolClient, some: ReadonlyMap<string, FoldedRow>): Promise<void> {
    const { parts, values } = table.write(some, 1, "");
    const [first, second] = parts;
    if (first === undefined) return;
    await client.query({
      text: second === undefined ? first : `with written as (${first} returning 1) ${second}`,
      values: [...values],
    });
  }

  return { write: (position: Position) => commit(position, false), finish: () => commit(fence.until, true) };
}

function* chunks(rows: ReadonlyMap<string, FoldedRow>): Generator<ReadonlyMap<string, FoldedRow>> {
  let some = new Map<string, FoldedRow>();
  for (const [key, row] of rows) {
    some.set(key, row);
    if (some.size < WRITTEN_AT_ONCE) continue;
    yield some;
    some = new Map();
  }
  if (some.size > 0) yield some;
}

function lost(consumer: string, generation: number): TidemarkError {
  return new TidemarkError(
    "conflict",
    `Generation ${generation} of ${consumer} is not being replayed by this process any more: it was cancelled, or another process goes on with it.`,
    { consumer, generation },
  );
}
