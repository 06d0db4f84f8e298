import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { TidemarkError } from "@/lib/kernel/errors";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { addKeySql, quote, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import { type RebuildScope, streamsOfScope } from "@/lib/projections/rebuild/rebuild-scope";
import { noteReplayed, type ReplayTarget, type SeizedGeneration } from "@/lib/projections/rebuild/replay-writer";
import type { RangeAt } from "@/lib/subscriptions/generations";

/** How far the rebuild of a part is. The ranges are those of the generation that serves, at the moment of the copy. */
export type Part = {
  readonly ranges: readonly { readonly from: number; readonly to: number; readonly checkpoint: string }[];
  /** Streams to refold, and rows that were copied. */
  readonly streams: number;
  readonly copied: number;
  /** Every stream up to this one, of so many, is refolded. */
  readonly after: string;
  readonly refolded: number;
  readonly done: boolean;
};

/** Quoted and schema-qualified: the names of the streams that a building generation refolds. */
export function partTable(model: Pick<ReadModelTable, "table">): string {
  return `${model.table.slice(0, -1)}_part"`;
}

/**
 * Begins the rebuild of a part in one transaction and from one snapshot: writes down which streams are refolded, copies the
 * rows of all others from the generation that serves, and keeps how far that one had come, slice by slice. Streams of which
 * it has set an event aside are refolded, too, because their rows lack events. Killed, nothing of it has happened.
 */
export async function copyPart(target: ReplayTarget, scope: RebuildScope, seized: SeizedGeneration): Promise<Part> {
  const { pool, projection, catalog, generation } = target;
  const { name } = projection;
  const model = readModelTable(projection, seized.schema, generation);
  const { types } = consumerFacts(projection, catalog);
  return await inTransaction(pool, async (client) => {
    await client.query("set transaction isolation level repeatable read");
    const { live, ranges } = await readLive(client, name, seized.version);
    const chosen = streamsOfScope(scope);
    const letters = chosen.values.length + 2;
    const part = partTable(model);
    await client.query(`create table ${part} (stream text collate "C" primary key)`);
    const { rowCount: streams } = await client.query(
      `insert into ${part} select distinct stream from (
         ${chosen.text}
         union all select d.stream from dead_letters d
          where d.consumer = $${letters} and d.generation = $${letters + 1} and d.closed_at is null) chosen`,
      [types, ...chosen.values, name, live],
    );
    await client.query(`analyze ${part}`);
    const columns = model.columns.map((column) => quote(column.name)).join(", ");
    const { rowCount: copied } = await client.query(
      `insert into ${model.table} (${columns}) select ${columns} from ${readModelTable(projection, seized.schema, live).table} o
        where not exists (select from ${part} p where p.stream = o."key")`,
    );
    await client.query(addKeySql(model));
    const begun: Part = { ranges, streams: streams ?? 0, copied: copied ?? 0, after: "", refolded: 0, done: false };
    await noteReplayed(client, name, generation, seized.epoch, begun);
    return begun;
  });
}

async function readLive(client: pg.PoolClient, name: string, version: number) {
  const { rows } = await client.query<RangeAt & { generation: number; version: number }>(
    `select c.generation, c.version, p.slice_from as "sliceFrom", p.slice_to as "sliceTo", p.checkpoint
       from consumers c join consumer_partitions p on p.consumer = c.name and p.generation = c.generation
      where c.name = $1 order by p.slice_from`,
    [name],
  );
  const [first] = rows;
  if (first?.version !== version) {
    throw new TidemarkError(
      "conflict",
      `The generation of ${name} that serves is of another version than this code, so none of its rows can be taken over. Cancel this rebuild and rebuild the whole of it.`,
      { consumer: name, version },
    );
  }
  const ranges = rows.map(({ sliceFrom, sliceTo, checkpoint }) => ({
    ...{ from: sliceFrom, to: sliceTo, checkpoint: String(checkpoint) },
  }));
  return { live: first.generation, ranges };
}
