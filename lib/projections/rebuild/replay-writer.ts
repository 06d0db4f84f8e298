import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Position } from "@/lib/kernel/position";
import { createFoldTable } from "@/lib/projections/fold-table";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { addKeySql, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import { copyRows } from "@/lib/projections/rebuild/copy-rows";
import { writeRows } from "@/lib/projections/rebuild/write-rows";
import type { FoldedRow } from "@/lib/projections/row-cache";
import { createPartitions } from "@/lib/subscriptions/generations";

/** The generation that a replay writes. */
export type ReplayTarget = {
  readonly pool: pg.Pool;
  readonly projection: FoldProjection;
  readonly catalog: Catalog;
  readonly generation: number;
};

/** The right to write a generation, until somebody else takes it over. Each write is one transaction with its checkpoint. */
export type ReplayWriter = {
  readonly model: ReadModelTable;
  /** Up to here the log is replayed; then workers follow it. */
  readonly until: Position;
  /** Up to here everything is in the table. */
  readonly from: Position;
  /** Whether the table has no rows yet. */
  readonly fresh: boolean;
  readonly done: boolean;
  /** Writes rows and how far they go. */
  readonly write: (rows: ReadonlyMap<string, FoldedRow>, position: Position) => Promise<void>;
  /** Writes the last rows and hands the generation to the workers: key, statistics, partitions at the mark. */
  readonly finish: (rows: ReadonlyMap<string, FoldedRow>) => Promise<void>;
};

/**
 * Takes a building generation over: from now on nobody who took it before can write. Throws `conflict` when it is not
 * being built, or by another version of the code.
 */
export async function takeOverReplay(target: ReplayTarget): Promise<ReplayWriter> {
  const row = await seizeGeneration(target);
  const { generation, projection } = target;
  const replayed = row.replayed === null ? null : (JSON.parse(row.replayed) as Replayed);
  const model = readModelTable(projection, row.schema, generation);
  const commit = createCommit(target, model, row.epoch, replayed === null);
  return {
    model,
    until: row.until,
    from: BigInt(replayed?.position ?? 0),
    fresh: replayed === null,
    done: replayed?.done ?? false,
    write: (dirty, position) => commit(dirty, { position: String(position), done: false }),
    finish: (dirty) => commit(dirty, { position: String(row.until), done: true }),
  };
}

/** A building generation in the hands of this process: `epoch` fences what it writes. JSON columns are their text. */
export type SeizedGeneration = {
  readonly epoch: bigint;
  readonly until: bigint;
  readonly replayed: string | null;
  readonly version: number;
  readonly schema: string;
};

/** Raises the epoch of a building generation. Throws `conflict` when it is not being built, or by other code. */
export async function seizeGeneration({ pool, projection, generation }: ReplayTarget): Promise<SeizedGeneration> {
  const { rows } = await pool.query<SeizedGeneration>(
    `update consumer_generations set epoch = epoch + 1
      where consumer = $1 and generation = $2 and state = 'building' and replay_until is not null
      returning epoch, replay_until as until, replayed::text as replayed, version, current_schema() || '_read' as schema`,
    [projection.name, generation],
  );
  const [row] = rows;
  if (!row) throw replayLost(projection.name, generation);
  if (row.version !== projection.version) {
    throw new TidemarkError(
      "conflict",
      `Generation ${generation} of ${projection.name} is built by version ${row.version} of its code; this process has version ${projection.version}.`,
      { consumer: projection.name, generation, version: row.version },
    );
  }
  return row;
}

type Replayed = { readonly position: string; readonly done: boolean };

function createCommit(
  { pool, projection, catalog, generation }: ReplayTarget,
  model: ReadModelTable,
  epoch: bigint,
  fresh: boolean,
) {
  const table = createFoldTable(model.table, model);
  let bare = fresh;

  /** In one transaction, and only while nobody else has taken over. */
  return async (rows: ReadonlyMap<string, FoldedRow>, replayed: Replayed): Promise<void> => {
    await inTransaction(pool, async (client) => {
      await noteReplayed(client, projection.name, generation, epoch, replayed);
      if (bare) {
        await copyRows(client, model, rows);
        await client.query(addKeySql(model));
      } else await writeRows(client, table, rows);
      if (!replayed.done) return;
      await client.query(`analyze ${model.table}`);
      await createPartitions(client, consumerFacts(projection, catalog), generation, BigInt(replayed.position));
    });
    bare = false;
  };
}

/** Writes how far a replay is, in the transaction of its rows. Throws `conflict` when somebody else has taken it over. */
export async function noteReplayed(
  client: pg.PoolClient,
  consumer: string,
  generation: number,
  epoch: bigint,
  replayed: unknown,
): Promise<void> {
  const { rowCount } = await client.query(
    `update consumer_generations set replayed = $4
      where consumer = $1 and generation = $2 and epoch = $3 and state = 'building'`,
    [consumer, generation, epoch, JSON.stringify(replayed)],
  );
  if (rowCount !== 1) throw replayLost(consumer, generation);
}

/** Somebody else has taken the generation over, or nobody builds it any more. */
export function replayLost(consumer: string, generation: number): TidemarkError {
  return new TidemarkError(
    "conflict",
    `Generation ${generation} of ${consumer} is not being replayed by this process any more: it was cancelled, or another process goes on with it.`,
    { consumer, generation },
  );
}
