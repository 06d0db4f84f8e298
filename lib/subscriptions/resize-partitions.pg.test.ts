import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { TidemarkError } from "@/lib/kernel/errors";
import { registerProjections } from "@/lib/projections/register-projections";
import { claimPartitions } from "@/lib/subscriptions/lease";
import { finishMerge, mergePartitions, splitPartition } from "@/lib/subscriptions/resize-partitions";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp, expectOneBatchPerEvent } from "@/lib/testing/consumer-state";
import { counterCatalog, counters, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";

let database: TestDatabase;
let workers: TestWorker[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, counters.projections, counterCatalog);
  workers = ["one", "two"].map((id) => startWorker(database, id));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await database.close();
});

const counted = (stream: string) => ({ stream, type: "Counted", data: { by: 1, bucket: "b", note: null } });

async function partitionsOf(
  consumer: string,
): Promise<{ partition: number; from: number; to: number; stop: bigint | null }[]> {
  const { rows } = await database.pool.query(
    `select partition, slice_from as "from", slice_to as "to", stop_at as stop from consumer_partitions
      where consumer = $1 order by slice_from`,
    [consumer],
  );
  return rows;
}

async function resizeSomething(consumer: string): Promise<"split" | "merged" | "waits" | "refused"> {
  const rows = await partitionsOf(consumer);
  const { partition, from, to } = rows[Math.floor(Math.random() * rows.length)] ?? { partition: 0, from: 0, to: 0 };
  const cut = rows.length < 8 && Math.random() < 0.5;
  try {
    return await inTransaction(database.pool, async (client) => {
      if (cut) {
        await splitPartition(client, consumer, partition, from + 1 + Math.floor(Math.random() * (to - from - 1)));
        return "split";
      }
      return (await mergePartitions(client, consumer, partition)).merged ? "merged" : "waits";
    });
  } catch (error) {
    // The uppermost has no neighbour, one slice cannot be cut, and what is being merged is left alone.
    if (error instanceof TidemarkError && ["conflict", "not-found"].includes(error.code)) return "refused";
    throw error;
  }
}

test("two pairs that touch never wait at one place, or the wrong two would become one and share slices with a third", async () => {
  const { pool, owner, close } = await createTestDatabase();
  try {
    await registerProjections(pool, counters.projections, counterCatalog);
    await appendRaw(
      pool,
      Array.from({ length: 60 }, (_, n) => counted(`apart-${n}`)),
    );
    await pool.query("select * from advance_high_water('test')");
    const stand = (partitions: readonly number[]) =>
      pool.query(
        `update consumer_partitions set checkpoint = h.position from high_water h
          where consumer = 'counter-totals' and partition = any ($1)`,
        [partitions],
      );
    await stand([1, 2]);
    const merge = (partition: number) =>
      inTransaction(pool, (client) => mergePartitions(client, "counter-totals", partition));
    expect(await merge(0)).toMatchObject({ merged: false });
    await expect(merge(2)).rejects.toThrow("Let them end first");
    await stand([0, 3]);
    // Two such pairs, as an older version left them: neither they nor their halves find one another across a third.
    await pool.query(
      `update consumer_partitions set stop_at = checkpoint, stop_since = clock_timestamp() where consumer = 'counter-totals'`,
    );
    const generations = [{ consumer: "counter-totals", generation: 1 }];
    const leases = await claimPartitions(pool, { worker: "test", generations, count: 4 });
    expect(leases).toHaveLength(4);
    for (const lease of leases.toSorted((a, b) => b.partition - a.partition)) await finishMerge(pool, lease);
    const { rows } = await pool.query<{ from: number; to: number }>(
      `select slice_from as "from", slice_to as "to" from consumer_partitions where consumer = 'counter-totals' order by 1`,
    );
    expect(rows.map(({ from }) => from)).toEqual([0, ...rows.slice(0, -1).map(({ to }) => to)]);
    expect(rows.at(-1)?.to).toBe(1_024);
    await expect(
      owner.query(
        `insert into tidemark.consumer_partitions (consumer, generation, partition, slice_from, slice_to)
           values ('counter-totals', 1, 99, 3, 4)`,
      ),
    ).rejects.toThrow("would share slices");
  } finally {
    await close();
  }
});

test("a stream that is appended to as fast as it can be does not starve the others of its partition", async () => {
  const { pool } = database;
  const names = Array.from({ length: 40 }, (_, n) => `cold-${n}`);
  await appendRaw(pool, [counted("hot-1"), ...names.map(counted)]);
  const { rows: neighbours } = await pool.query<{ stream: string }>(
    `select s.stream from streams h, streams s join consumer_partitions p on p.consumer = 'counter-totals'
        and s.slice >= p.slice_from and s.slice < p.slice_to
      where h.stream = 'hot-1' and h.slice >= p.slice_from and h.slice < p.slice_to and s.category = 'cold' limit 3`,
  );
  expect(neighbours.length).toBeGreaterThan(0);
  const [first] = await appendRaw(pool, [counted("hot-1")]);
  const until = performance.now() + 2_000;
  let hot = 0;
  const pour = async () => {
    while (performance.now() < until) {
      await appendRaw(
        pool,
        Array.from({ length: 100 }, () => counted("hot-1")),
      );
      hot += 100;
    }
  };
  const trickle = async () => {
    while (performance.now() < until) for (const { stream } of neighbours) await appendRaw(pool, [counted(stream)]);
  };
  await Promise.all([pour(), trickle()]);
  await caughtUp(pool);
  // Seconds from recording to commit, of those that wait in the same partition.
  const { rows } = await pool.query<{ category: string; events: number; longest: number }>(
    `select e.category, count(*)::integer as events, max(extract(epoch from b.committed_at - e.recorded_at))::float8 as longest
       from events e join consumer_partitions p on p.consumer = 'counter-totals' and e.slice >= p.slice_from and e.slice < p.slice_to
       join consumer_batches b on b.consumer = p.consumer and b.partition = p.partition
            and e.position > b.from_position and e.position <= b.to_position
       join streams h on h.stream = 'hot-1' and h.slice >= p.slice_from and h.slice < p.slice_to
      where e.position > $1 group by e.category order by e.category`,
    [first],
  );
  const [cold, busy] = rows;
  expect(hot).toBeGreaterThan(500);
  expect(cold?.events).toBeGreaterThan(5);
  // As long as the hot one's own at the most, whatever the machine has to do besides.
  expect(cold?.longest).toBeLessThan((busy?.longest ?? 0) * 1.5 + 0.1);
}, 30_000);

test("partitions cut and joined under load lose no event and do none twice, in folds and in SQL of the domain", async () => {
  const done = { split: 0, merged: 0, waits: 0, refused: 0 };
  let appended = 0;
  // What is done is drawn, and refused where it cannot be: it goes on until enough of each was done.
  const enough = () => done.split > 5 && done.merged + done.waits > 5;
  for (let round = 0; round < 40 || (!enough() && round < 400); round++) {
    const events = Array.from({ length: 40 }, (_, n) => counted(`counter-${(round * 7 + n) % 97}`));
    await appendRaw(database.pool, events);
    appended += events.length;
    for (const consumer of ["counter-totals", "counter-effects"]) done[await resizeSomething(consumer)] += 1;
  }
  expect(enough(), JSON.stringify(done)).toBe(true);
  await eventually(
    async () =>
      [...(await partitionsOf("counter-totals")), ...(await partitionsOf("counter-effects"))].every(
        ({ stop }) => stop === null,
      ),
    { deadlineMs: 20_000, what: "every merge to be done" },
  );
  await caughtUp(database.pool);
  expect(await readModelOf(database.pool, counterTotals)).toEqual(
    await foldLog(database.pool, counterCatalog, counterTotals),
  );
  const { rows } = await database.pool.query(
    "select sum(effects)::integer as effects, sum(total)::integer as total from tidemark_read.counter_effects where stream like 'counter-%'",
  );
  expect(rows).toEqual([{ effects: appended, total: appended }]);
  await expectOneBatchPerEvent(database.pool);
}, 60_000);
