import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import type { Projection } from "@/lib/define";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";
import { readModelTable } from "@/lib/projections/read-model-table";
import { partTable } from "@/lib/projections/rebuild/copy-part";
import { retireGeneration } from "@/lib/subscriptions/generations";
import { lockConsumer } from "@/lib/subscriptions/register-consumer";

/** Drops the tables of a generation that does not serve, for good. Throws `conflict` for the one that serves. */
export async function retire(pool: pg.Pool, projection: Projection, generation: number): Promise<void> {
  await inTransaction(pool, (client) => retireIn(client, projection, generation));
}

/** The same in a transaction of the caller, for an act that is audited with it. */
export async function retireIn(client: pg.PoolClient, projection: Projection, generation: number): Promise<void> {
  const { name } = projection;
  await lockConsumer(client, name);
  const { rows } = await client.query<{ state: string; schema: string }>(
    `select state, current_schema() || '_read' as schema from consumer_generations
      where consumer = $1 and generation = $2 for update`,
    [name, generation],
  );
  const [row] = rows;
  if (!row) throw new NotFound("generation", `${name}/${generation}`);
  if (row.state === "live") {
    throw new TidemarkError("conflict", `Generation ${generation} of ${name} serves; promote another one first.`, {
      consumer: name,
      generation,
    });
  }
  failpoint("rebuild.before-drop");
  await retireGeneration(client, { consumer: name, generation });
  const model = readModelTable(projection, row.schema, generation);
  await client.query(`drop table if exists ${model.table}, ${partTable(model)}`);
  failpoint("rebuild.after-drop");
}
