import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Projection } from "@/lib/define";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { createBareTableSql, createTableSql, readModelTable } from "@/lib/projections/read-model-table";
import type { RebuildScope } from "@/lib/projections/rebuild/rebuild-scope";
import { addGeneration, createPartitions } from "@/lib/subscriptions/generations";
import { lockConsumer } from "@/lib/subscriptions/register-consumer";

/** A rebuild that has begun: the generation it fills, and the mark up to which it replays before it follows the log. */
export type BegunRebuild = { readonly generation: number; readonly until: bigint };

/**
 * Makes the next generation of a projection in the caller's transaction: its row and its tables, empty. A fold is
 * replayed in memory (`replayFold`) and gets its partitions and its key when that is done; a handler is replayed by the
 * workers, from the beginning of the log, at once. With a `scope` only a part is made anew (`refoldPart`). Throws
 * `conflict` when another one is being built, when the projection is inline, or when the database knows a newer version
 * than this code.
 */
export async function beginRebuild(
  client: pg.PoolClient,
  projection: Projection,
  catalog: Catalog,
  createdBy: string,
  scope: RebuildScope | null = null,
): Promise<BegunRebuild> {
  const { name, version } = projection;
  await lockConsumer(client, name);
  const { rows } = await client.query<Known>(
    `select c.version, c.mode,
            (select max(generation) from consumer_generations g where g.consumer = c.name) as newest,
            (select generation from consumer_generations g where g.consumer = c.name and g.state = 'building') as building
       from consumers c where c.name = $1 for update`,
    [name],
  );
  const [known] = rows;
  if (!known) throw new NotFound("projection", name);
  refuse(projection, known);
  const generation = known.newest + 1;
  const facts = consumerFacts(projection, catalog);
  await addGeneration(client, facts, { generation, state: "building", createdBy, scope });
  return { generation, until: await layOut(client, projection, catalog, generation) };

  function refuse(definition: Projection, row: Known): void {
    const facts = { consumer: name, version, known: row.version };
    if (definition.mode === "inline" || row.mode === "inline") {
      throw new TidemarkError(
        "conflict",
        `${name} is written by every append, so nothing can be built beside it. Raise its version: it is then folded anew when the code starts.`,
        facts,
      );
    }
    if (row.version > version) {
      throw new TidemarkError(
        "conflict",
        `${name} is at version ${row.version} in the database and ${version} in this code. Rebuild it with the code that is deployed now.`,
        facts,
      );
    }
    if (row.building !== null) {
      throw new TidemarkError(
        "conflict",
        `Generation ${row.building} of ${name} is being built already. Promote it, or cancel it first.`,
        { ...facts, generation: row.building },
      );
    }
  }
}

/**
 * Makes what a new generation is replayed into, and freezes the mark up to which that is done; returns the mark. A handler
 * gets its partitions at once, because workers replay it.
 */
export async function layOut(
  client: pg.PoolClient,
  projection: Projection,
  catalog: Catalog,
  generation: number,
): Promise<bigint> {
  const { rows } = await client.query<{ mark: bigint; schema: string }>(
    `update consumer_generations set replay_until = (select position from high_water)
      where consumer = $1 and generation = $2 returning replay_until as mark, current_schema() || '_read' as schema`,
    [projection.name, generation],
  );
  const [row] = rows;
  if (!row) throw new NotFound("generation", `${projection.name}/${generation}`);
  const model = readModelTable(projection, row.schema, generation);
  await client.query(projection.style === "fold" ? createBareTableSql(model) : createTableSql(model));
  if (projection.style === "handler") await createPartitions(client, consumerFacts(projection, catalog), generation);
  return row.mark;
}

type Known = {
  readonly version: number;
  readonly mode: "async" | "inline";
  readonly newest: number;
  readonly building: number | null;
};
