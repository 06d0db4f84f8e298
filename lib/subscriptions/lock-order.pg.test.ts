import type pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { promoteIn } from "@/lib/projections/rebuild/promote-generation";
import { retire } from "@/lib/projections/rebuild/retire-generation";
import { registerProjections } from "@/lib/projections/register-projections";
import { createPartitions } from "@/lib/subscriptions/generations";
import { claimPartitions, type Lease, releaseLeases, renewLeases } from "@/lib/subscriptions/lease";
import { counterCatalog, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const NAME = counterTotals.name;
let database: TestDatabase;
let live: number;
let kept: number;
beforeEach(async () => {
  database = await createTestDatabase({ max: 12 });
  await registerProjections(database.pool, [counterTotals], counterCatalog);
  live = (await rows("select generation from consumers where name = $1", [NAME]))[0]?.generation as number;
  // A generation that is kept for going back, older than the one that serves in nothing but its state.
  kept = live + 1;
  const { pool } = database;
  await inTransaction(pool, async (client) => {
    await client.query(
      `insert into consumer_generations (consumer, generation, version, style, partitions, types, state)
         select consumer, $2, version, style, partitions, types, 'kept' from consumer_generations where consumer = $1 and generation = $3`,
      [NAME, kept, live],
    );
    const [consumer] = projectionConsumers([counterTotals], counterCatalog);
    if (!consumer) throw new Error("there is no consumer");
    await createPartitions(client, consumer, kept);
    await client.query(
      `create table tidemark_read.counter_totals_g${kept} (like tidemark_read.counter_totals_g${live} including all)`,
    );
  });
});
afterEach(() => database.close());

const rows = async (text: string, values: unknown[] = []) => (await database.pool.query(text, values)).rows;
const waiting = (count: number) =>
  eventually(
    async () => {
      const sql = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      return (await database.owner.query(sql)).rowCount === count;
    },
    { what: `${count} to wait` },
  );
/** Every partition of both generations, those of `first` first and each from the last to the first. */
async function leased(first: number): Promise<Lease[]> {
  const generations = [live, kept].map((generation) => ({ consumer: NAME, generation }));
  const leases = await claimPartitions(database.pool, { worker: "w", generations, count: 100 });
  return leases.toSorted(
    (a, b) => Number(b.generation === first) - Number(a.generation === first) || b.partition - a.partition,
  );
}
/** Holds the row of one partition until it is let go. */
async function hold(generation: number, partition: number): Promise<{ readonly letGo: () => Promise<void> }> {
  const client: pg.PoolClient = await database.owner.connect();
  await client.query("begin");
  const sql =
    "select from tidemark.consumer_partitions where consumer = $1 and generation = $2 and partition = $3 for update";
  await client.query(sql, [NAME, generation, partition]);
  return {
    letGo: async () => {
      await client.query("commit");
      client.release();
    },
  };
}

test.each([
  ["renewed", (leases: readonly Lease[]) => renewLeases(database.pool, leases)],
  ["given back", (leases: readonly Lease[]) => releaseLeases(database.pool, leases)],
])(
  "leases that are %s while their generation is retired wait for it or are waited for, and nobody is in anybody's way",
  async (_, act) => {
    const leases = (await leased(kept)).filter(({ generation }) => generation === kept);
    expect(leases.length).toBe(4);
    // Both are on their way through the rows when each has met the one in the middle.
    const gate = await hold(kept, 1);
    const acting = act(leases);
    await waiting(1);
    const retiring = retire(database.pool, counterTotals, kept);
    await waiting(2);
    await gate.letGo();
    await expect(Promise.all([acting, retiring])).resolves.toBeDefined();
    expect(await rows("select from consumer_partitions where consumer = $1 and generation = $2", [NAME, kept])).toEqual(
      [],
    );
  },
);

test("leases of both generations are renewed while one takes the other's place: the switch has not to wait for what waits for it", async () => {
  const leases = await leased(kept);
  expect(leases.length).toBe(8);
  let renewing: Promise<Lease[]> | undefined;
  const switched = await inTransaction(database.pool, async (client) => {
    // As the switch does first; meanwhile the leases are renewed, those of the other generation first.
    await client.query(
      "select from consumer_partitions where consumer = $1 and generation = $2 order by partition for update",
      [NAME, live],
    );
    renewing = renewLeases(database.pool, leases);
    await waiting(1);
    return promoteIn(client, counterTotals, kept);
  });
  expect(switched).toMatchObject({ generation: kept, kept: live });
  // Those of the other one were renewed before; the switch ended all.
  expect((await renewing)?.map(({ generation }) => generation)).toEqual([kept, kept, kept, kept]);
});
