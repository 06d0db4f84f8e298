import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain";
import { registerProjections } from "@/lib/projections/register-projections";
import { expectOneBatchPerEvent, watchCheckpoints, whenCaughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { loadOrders } from "@/lib/testing/order-load";
import { bundleWorker, type WorkerProcesses } from "@/lib/testing/worker-processes";

const catalog = createCatalog(modules);
const folds = catalog.projections.filter(
  (projection): projection is FoldProjection => projection.style === "fold" && projection.mode === "async",
);
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

test("a worker frozen past its lease is fenced when it wakes: its successor's work stands, and it writes nothing", async () => {
  const { pool } = database;
  const load = loadOrders(pool);
  const watch = watchCheckpoints(pool);
  const zombie = processes.start();
  await zombie.ready;
  const mine = `%-${zombie.child.pid}-%`;
  const held = async (pattern: string) => {
    const { rows } = await pool.query(
      "select count(*)::integer as held from consumer_partitions where owner like $1 and lease_expires_at > clock_timestamp()",
      [pattern],
    );
    return Number(rows[0].held);
  };
  const batches = async () => {
    const { rows } = await pool.query("select count(*)::integer as n from consumer_batches where worker like $1", [
      mine,
    ]);
    return Number(rows[0].n);
  };
  const partitions = async () => {
    const { rows } = await pool.query("select count(*)::integer as all from consumer_partitions");
    return Number(rows[0].all);
  };
  await eventually(async () => (await held(mine)) === (await partitions()) && (await batches()) > 20);

  zombie.child.kill("SIGSTOP");
  const successor = processes.start();
  await successor.ready;
  await eventually(async () => (await held(`%-${successor.child.pid}-%`)) === (await partitions()));
  const frozen = await batches();
  const epochs = await pool.query("select consumer, partition, epoch from consumer_partitions order by 1, 2");
  zombie.child.kill("SIGCONT");
  // Told that its leases are gone, it takes its share anew, under higher epochs.
  await eventually(async () => zombie.output().includes("lease lost") && (await held(mine)) > 0);
  const late = await pool.query(
    `select b.* from consumer_batches b join unnest($2::text[], $3::integer[], $4::bigint[]) as taken(consumer, partition, epoch)
         on b.consumer = taken.consumer and b.partition = taken.partition
      where b.worker like $1 and b.epoch < taken.epoch
      offset $5`,
    [
      mine,
      epochs.rows.map((row) => row.consumer),
      epochs.rows.map((row) => row.partition),
      epochs.rows.map((row) => row.epoch),
      frozen,
    ],
  );
  expect(late.rows).toEqual([]);
  await load.stop();
  await whenCaughtUp(pool, async (moment) => {
    for (const projection of folds) {
      expect(await readModelOf(moment, projection)).toEqual(await foldLog(moment, catalog, projection));
    }
    await expectOneBatchPerEvent(moment);
  });
  expect(await watch.stop()).toEqual([]);
}, 60_000);
