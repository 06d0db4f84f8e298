import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain";
import { TidemarkError } from "@/lib/kernel/errors";
import { registerProjections } from "@/lib/projections/register-projections";
import { mergePartitions, splitPartition } from "@/lib/subscriptions/resize-partitions";
import { expectOneBatchPerEvent, whenCaughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { loadOrders } from "@/lib/testing/order-load";
import { bundleWorker, type WorkerProcess, type WorkerProcesses } from "@/lib/testing/worker-processes";

const catalog = createCatalog(modules);
const folds = catalog.projections.filter(
  (projection): projection is FoldProjection => projection.style === "fold" && projection.mode === "async",
);
const NAME = "order-summary";
let database: TestDatabase;
let processes: WorkerProcesses;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, catalog.projections, catalog);
  processes = await bundleWorker(database.url);
});
afterAll(async () => {
  await processes.close();
  await database.close();
});

const split = (partition: number, at?: number) =>
  inTransaction(database.pool, (client) => splitPartition(client, NAME, partition, at));
const merge = (partition: number) => inTransaction(database.pool, (client) => mergePartitions(client, NAME, partition));

type Row = { partition: number; slice_from: number; slice_to: number; checkpoint: bigint; stop_at: bigint | null };
async function partitions(): Promise<Row[]> {
  const { rows } = await database.pool.query<Row>(
    "select partition, slice_from, slice_to, checkpoint, stop_at from consumer_partitions where consumer = $1 order by slice_from",
    [NAME],
  );
  return rows;
}

test("a split gives both halves the checkpoint; a merge at one checkpoint is one at once; numbers are never used again", async () => {
  const before = await partitions();
  const [lower, upper] = await split(before[0]?.partition ?? 0);
  expect([lower, upper]).toEqual([
    { partition: 4, sliceFrom: 0, sliceTo: 128 },
    { partition: 5, sliceFrom: 128, sliceTo: 256 },
  ]);
  expect(await merge(4)).toEqual({ merged: true, into: { partition: 6, sliceFrom: 0, sliceTo: 256 } });
  await expect(split(6, 256)).rejects.toMatchObject({ code: "conflict" });
  await expect(split(4)).rejects.toMatchObject({ code: "not-found" });
  await expect(merge(3)).rejects.toMatchObject({ code: "conflict" });
  const one = "orders-per-day";
  await expect(inTransaction(database.pool, (client) => splitPartition(client, one, 0))).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("several streams"),
  });
});

test("partitions are split and merged at random under load, while workers are killed: nothing lost, nothing done twice", async () => {
  const load = loadOrders(database.pool);
  let workers: WorkerProcess[] = [processes.start(), processes.start()];
  const done = { splits: 0, merges: 0, waits: 0 };
  const enough = () => done.splits > 3 && done.merges + done.waits > 3;
  try {
    await Promise.all(workers.map(({ ready }) => ready));
    // What is done is drawn, and refused where it cannot be: it goes on until enough of each was done.
    for (let round = 0; round < 40 || (!enough() && round < 300); round++) {
      const rows = await partitions();
      const row = rows[Math.floor(Math.random() * rows.length)];
      if (!row) throw new Error("no partition");
      try {
        if (rows.length < 10 && Math.random() < 0.5) {
          await split(
            row.partition,
            row.slice_from + 1 + Math.floor(Math.random() * (row.slice_to - row.slice_from - 1)),
          );
          done.splits += 1;
        } else if ((await merge(row.partition)).merged) done.merges += 1;
        else done.waits += 1;
      } catch (error) {
        // The uppermost has no neighbour, one slice cannot be cut, and what is being merged is left alone.
        if (!(error instanceof TidemarkError && (error.code === "conflict" || error.code === "not-found"))) throw error;
      }
      if (round % 8 === 7) {
        const victim = workers[round % workers.length];
        victim?.child.kill("SIGKILL");
        await victim?.exited;
        workers = workers.map((worker) => (worker === victim ? processes.start() : worker));
      }
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 150));
    }
  } finally {
    await load.stop();
  }
  expect(enough(), JSON.stringify(done)).toBe(true);
  await eventually(async () => (await partitions()).every(({ stop_at }) => stop_at === null), {
    deadlineMs: 90_000,
    what: "every merge to be done",
  });
  await whenCaughtUp(database.pool, async (moment) => {
    for (const projection of folds) {
      expect(await readModelOf(moment, projection)).toEqual(await foldLog(moment, catalog, projection));
    }
    await expectOneBatchPerEvent(moment);
  });
  const rows = await partitions();
  expect(rows.map(({ slice_to }) => slice_to)).toEqual([...rows.slice(1).map(({ slice_from }) => slice_from), 1_024]);
  expect(rows[0]?.slice_from).toBe(0);
}, 240_000);
