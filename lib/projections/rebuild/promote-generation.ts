import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { sqlState } from "@/lib/db/unavailable";
import type { Projection } from "@/lib/define";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";
import { readModelTable } from "@/lib/projections/read-model-table";
import { showGeneration } from "@/lib/projections/show-generation";
import { lockConsumer } from "@/lib/subscriptions/register-consumer";

/** What a switch did: `generation` serves now, `kept` served before and is kept for going back. */
export type Switched = { readonly generation: number; readonly version: number; readonly kept: number };

/** The generation to be promoted lacks events that the one that serves has; nothing has changed. */
export class GenerationBehind extends TidemarkError {
  constructor(consumer: string, generation: number, behind: readonly number[]) {
    super(
      "conflict",
      `Generation ${generation} of ${consumer} is behind the one that serves in ${behind.length} of its partitions. Nothing has changed; let it catch up and try again. It moves only while a worker runs code of its version.`,
      { consumer, generation, behind },
    );
  }
}

/** How long the old generation is held still while the new one commits what is under way; shorter than any lease. */
const PATIENCE_MS = 800;

/** Somebody holds the read model for longer than its readers should have to wait; nothing has changed. */
export class SwitchHeldUp extends TidemarkError {
  constructor(consumer: string, generation: number, cause: unknown) {
    super(
      "unavailable",
      `The read model of ${consumer} is held by another transaction, so its name could not be moved. Nothing has changed; try again.`,
      { consumer, generation },
      { cause },
    );
  }
}

/**
 * Lets another generation serve under the stable name: promoting a building one and going back to a kept one are the
 * same act, and one transaction. The one that serves is held still, the other must have everything that it has, then the
 * name is moved and every lease on both ends, so that nothing prepared before is committed after. Readers see the old
 * rows or the new ones, never older ones than before. Throws `GenerationBehind` and `SwitchHeldUp`.
 */
export async function promoteGeneration(pool: pg.Pool, projection: Projection, generation: number): Promise<Switched> {
  return await inTransaction(pool, (client) => promoteIn(client, projection, generation));
}

/** The same in a transaction of the caller, for an act that is audited with it. Another version's columns are shown as they are. */
export async function promoteIn(client: pg.PoolClient, projection: Projection, generation: number): Promise<Switched> {
  try {
    return await switchIn(client, projection, generation);
  } catch (error) {
    throw sqlState(error) === "55P03" ? new SwitchHeldUp(projection.name, generation, error) : error;
  }
}

async function switchIn(client: pg.PoolClient, projection: Projection, generation: number): Promise<Switched> {
  const { name } = projection;
  await lockConsumer(client, name);
  const { live, next } = await readBoth(client, name, generation);
  await client.query(`set local lock_timeout = ${PATIENCE_MS}`);
  await client.query(
    "select from consumer_partitions where consumer = $1 and generation = $2 order by partition for update",
    [name, live],
  );
  await waitFor(client, name, live, generation);
  await client.query(
    "select from consumer_partitions where consumer = $1 and generation = $2 order by partition for update",
    [name, generation],
  );
  failpoint("rebuild.before-switch");
  const { rows } = await client.query<{ schema: string }>("select current_schema() || '_read' as schema");
  await showGeneration(client, readModelTable(projection, rows[0]?.schema ?? "", generation));
  await client.query("update consumer_generations set state = 'kept' where consumer = $1 and state = 'live'", [name]);
  await client.query(
    `with promoted as (
       update consumer_generations set state = 'live', live_at = clock_timestamp(), paused = false
        where consumer = $1 and generation = $2 returning *)
     update consumers c set generation = g.generation, version = g.version, style = g.style, partitions = g.partitions, types = g.types
       from promoted g where c.name = g.consumer`,
    [name, generation],
  );
  await client.query(
    `update consumer_partitions set epoch = epoch + 1, owner = null, lease_expires_at = clock_timestamp()
      where consumer = $1 and generation = any ($2)`,
    [name, [live, generation]],
  );
  failpoint("rebuild.after-switch");
  return { generation, version: next.version, kept: live };
}

type Row = {
  readonly generation: number;
  readonly version: number;
  readonly state: string;
  readonly replaying: boolean;
};

async function readBoth(client: pg.PoolClient, name: string, generation: number) {
  const { rows } = await client.query<Row>(
    `select g.generation, g.version, g.state, not exists (select from consumer_partitions p
              where p.consumer = g.consumer and p.generation = g.generation) as replaying
       from consumer_generations g where g.consumer = $1 for update`,
    [name],
  );
  const live = rows.find(({ state }) => state === "live");
  const next = rows.find((row) => row.generation === generation);
  if (!live || !next) throw new NotFound("generation", `${name}/${generation}`);
  const facts = { consumer: name, generation, state: next.state };
  if (next.state === "live")
    throw new TidemarkError("conflict", `Generation ${generation} of ${name} serves already.`, facts);
  if (next.state === "retired") {
    throw new TidemarkError(
      "conflict",
      `Generation ${generation} of ${name} is retired: its tables are gone. Rebuild instead.`,
      facts,
    );
  }
  if (next.replaying) {
    throw new TidemarkError(
      "conflict",
      `Generation ${generation} of ${name} is still being replayed. Wait until it has caught up.`,
      facts,
    );
  }
  return { live: live.generation, next };
}

/** Its workers go on meanwhile, and nobody can move the place that they must reach. */
async function waitFor(client: pg.PoolClient, name: string, live: number, generation: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const behind = await partitionsBehind(client, name, live, generation);
    if (behind.length === 0) return;
    if (performance.now() > deadline) {
      throw new GenerationBehind(name, generation, behind);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Partitions of `generation` that lack an event which the one that serves has applied. */
export async function partitionsBehind(
  client: pg.Pool | pg.PoolClient,
  name: string,
  live: number,
  generation: number,
): Promise<number[]> {
  const { rows } = await client.query<{ partition: number }>(
    `select distinct n.partition
       from consumer_partitions n
       join consumer_generations g on g.consumer = n.consumer and g.generation = n.generation
       join consumer_partitions o on o.consumer = n.consumer and o.generation = $2
            and o.slice_from < n.slice_to and n.slice_from < o.slice_to and n.checkpoint < o.checkpoint
      where n.consumer = $1 and n.generation = $3 and exists (
        select from events e where e.position > n.checkpoint and e.position <= o.checkpoint and e.type = any (g.types)
           and e.slice >= greatest(n.slice_from, o.slice_from) and e.slice < least(n.slice_to, o.slice_to))
      order by 1`,
    [name, live, generation],
  );
  return rows.map(({ partition }) => partition);
}
