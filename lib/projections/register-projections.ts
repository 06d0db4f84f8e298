import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { Projection } from "@/lib/define";
import { TidemarkError } from "@/lib/kernel/errors";
import { foldHistory } from "@/lib/projections/fold-history";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { createTableSql, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import { layOut } from "@/lib/projections/rebuild/begin-rebuild";
import { type RebuildInput, rebuildClaim, rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { showGeneration } from "@/lib/projections/show-generation";
import { createRun } from "@/lib/runs/create-run";
import { registerConsumer } from "@/lib/subscriptions/register-consumer";

/**
 * Makes the database know these projections: their consumers, partitions, read-model tables and stable views. Safe to
 * run again and by several processes at once; a projection of which the database knows a newer version is left alone.
 * A newer version is built beside the one that serves, which goes on under the stable name until it is promoted. An inline projection is complete when this returns: its history is folded here. Throws when a table no longer has the
 * declared columns and the version was not raised.
 */
export async function registerProjections(
  pool: pg.Pool,
  projections: readonly Projection[],
  catalog: Catalog,
): Promise<void> {
  for (const projection of projections) {
    if (projection.mode === "async") await registerTogether(pool, [projection], catalog);
  }
  // An append writes all inline read models or none, so they come into being in one transaction, behind one hold.
  await registerTogether(
    pool,
    projections.filter(({ mode }) => mode === "inline"),
    catalog,
  );
}

const DEADLOCK = "40P01";
const TRIES = 5;

/** Holding appends back can close a circle with appends under way; whoever loses has changed nothing and tries again. */
async function registerTogether(pool: pg.Pool, projections: readonly Projection[], catalog: Catalog): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await inTransaction(pool, async (client) => {
        for (const projection of projections) await register(pool, client, projection, catalog);
      });
    } catch (error) {
      if (tried === TRIES || (error as { code?: unknown }).code !== DEADLOCK) throw error;
    }
  }
}

async function register(pool: pg.Pool, client: pg.PoolClient, projection: Projection, catalog: Catalog): Promise<void> {
  const { outcome, generation, replaced } = await registerConsumer(client, consumerFacts(projection, catalog));
  if (outcome === "older") return;
  const { rows } = await client.query<{ schema: string }>("select current_schema() || '_read' as schema");
  const model = readModelTable(projection, rows[0]?.schema ?? "", generation);
  if (outcome === "same") {
    await refuseOtherColumns(client, projection, model);
    return;
  }
  if (outcome === "building") await askForRebuild(client, pool, projection, catalog, generation);
  else await client.query(createTableSql(model));
  if (projection.mode === "inline") await foldHistory(client, projection, model, catalog);
  if (outcome !== "building") await showGeneration(client, model);
  for (const gone of replaced) {
    await client.query(`drop table if exists ${readModelTable(projection, rows[0]?.schema ?? "", gone).table}`);
  }
}

/** A run builds the new generation, in the open: its progress, its comparison and its promotion are on the page of runs. */
async function askForRebuild(
  client: pg.PoolClient,
  pool: pg.Pool,
  projection: Projection,
  catalog: Catalog,
  generation: number,
): Promise<void> {
  const { name, version } = projection;
  await layOut(client, projection, catalog, generation);
  const input: RebuildInput = { projection: name, version, generation, promote: "when-alone" };
  await createRun(client, rebuildRun(pool, [projection], catalog), {
    ...{ subject: name, claim: rebuildClaim(name, version), input },
    ...{ requestedBy: "deploy", reason: `version ${version} was deployed` },
  });
}

async function refuseOtherColumns(client: pg.PoolClient, { name, version }: Projection, model: ReadModelTable) {
  const { rows } = await client.query<{ columns: string | null }>(
    `select string_agg(attname || ' ' || atttypid::regtype, ', ' order by attnum) as columns
       from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [model.table],
  );
  const declared = model.columns.map((column) => `${column.name} ${SQL_NAMES[column.type] ?? column.type}`).join(", ");
  if (rows[0]?.columns === declared) return;
  throw new TidemarkError(
    "conflict",
    `The read model of ${name} version ${version} has the columns (${rows[0]?.columns ?? "none"}), the code declares (${declared}). Raise its version so that it is built anew.`,
    { consumer: name },
  );
}

const SQL_NAMES: Readonly<Record<string, string>> = { timestamptz: "timestamp with time zone" };
