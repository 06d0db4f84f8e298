import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { Process } from "@/lib/define-process";
import { processFacts } from "@/lib/processes/process-consumers";
import { lockConsumer, objectiveSql, registerConsumer } from "@/lib/subscriptions/register-consumer";

/**
 * Makes the database know these processes. A new one begins with the events after the high-water mark: what was there
 * before was dealt with before. A raised version goes on from where the old one is, and fences it; instances are folded
 * anew when they move. A process of which the database knows a newer version is left alone.
 */
export async function registerProcesses(pool: pg.Pool, processes: readonly Process[], catalog: Catalog): Promise<void> {
  for (const process of processes) await inTransaction(pool, (client) => register(client, process, catalog));
}

async function register(client: pg.PoolClient, process: Process, catalog: Catalog): Promise<void> {
  const { name, version } = process;
  await lockConsumer(client, name);
  const { rows } = await client.query<{ version: number }>("select version from processes where name = $1", [name]);
  const [known] = rows;
  const facts = processFacts(process, catalog);
  if (!known) {
    await registerConsumer(client, facts);
    await client.query(
      "update consumer_partitions set checkpoint = (select position from high_water) where consumer = $1",
      [name],
    );
    await client.query("insert into processes (name, version, live_from) select $1, $2, position from high_water", [
      name,
      version,
    ]);
    return;
  }
  if (known.version > version) return;
  await client.query(
    `update consumers set version = $2, types = $3, slo_ms = ${objectiveSql("$1", "$4")} where name = $1`,
    [name, version, facts.types, facts.sloMs],
  );
  await client.query(
    "update consumer_generations set version = $2, types = $3 where consumer = $1 and state = 'live'",
    [name, version, facts.types],
  );
  if (known.version === version) return;
  await client.query("update processes set version = $2 where name = $1", [name, version]);
  await client.query("select from consumer_partitions where consumer = $1 order by generation, partition for update", [
    name,
  ]);
  await client.query(
    "update consumer_partitions set epoch = epoch + 1, owner = null, lease_expires_at = clock_timestamp() where consumer = $1",
    [name],
  );
}
