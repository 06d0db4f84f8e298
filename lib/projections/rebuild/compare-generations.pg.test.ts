import { afterEach, beforeEach, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection, Projection } from "@/lib/define";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { counterCatalog, counters, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { startWorker } from "@/lib/testing/start-workers";
import { beginRebuild } from "./begin-rebuild";
import { compareGenerations, isEqual } from "./compare-generations";
import { replayFold } from "./replay-fold";

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const effects = counters.projections.find(({ style }) => style === "handler") as Projection;
const counted = (n: number) =>
  appendRaw(
    database.pool,
    Array.from({ length: n }, (_, index) => ({
      stream: `counter-${index % 31}`,
      type: "Counted",
      data: { by: index, bucket: `b${index % 3}`, note: null },
    })),
  );
const begin = (projection: Projection) =>
  inTransaction(database.pool, (client) => beginRebuild(client, projection, counterCatalog, "test"));
const pair = (projection: Projection, generation: number) => ({
  pool: database.pool,
  projection,
  catalog: counterCatalog,
  live: 1,
  generation,
});

test("under load both are compared at one checkpoint: nothing differs, whatever was in flight", async () => {
  await registerProjections(database.pool, [counterTotals, effects], counterCatalog);
  const worker = startWorker(database, "w", [counterTotals, effects]);
  let loading = true;
  const load = (async () => {
    while (loading) {
      await counted(3);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  try {
    await counted(100);
    for (const projection of [counterTotals, effects]) {
      const { generation } = await begin(projection);
      if (projection.style === "fold") {
        await replayFold({ pool: database.pool, projection, catalog: counterCatalog, generation });
      }
      for (let round = 0; round < 2; round++) {
        const found = await compareGenerations(pair(projection, generation));
        expect(found).toMatchObject({ exact: true, rows: 31, equal: 31, differing: 0, onlyLive: 0, onlyNew: 0 });
        expect(isEqual(found)).toBe(true);
      }
    }
  } finally {
    loading = false;
    await load;
    await worker.stop();
  }
});

test("every difference is found, counted, and named by its key and fields", async () => {
  await registerProjections(database.pool, [counterTotals], counterCatalog);
  const worker = startWorker(database, "w", [counterTotals]);
  await counted(31);
  await caughtUp(database.pool);
  const { generation } = await begin(counterTotals);
  await replayFold({ pool: database.pool, projection: counterTotals, catalog: counterCatalog, generation });
  await worker.stop();
  await database.pool.query(
    "update tidemark_read.counter_totals_g1 set total = -1, note = 'x' where key = 'counter-3'",
  );
  await database.pool.query("update tidemark_read.counter_totals_g1 set log = '[ 1 ]' where key = 'counter-4'");
  await database.pool.query("delete from tidemark_read.counter_totals_g1 where key = 'counter-5'");
  await database.pool.query("delete from tidemark_read.counter_totals_g2 where key = 'counter-30'");
  const found = await compareGenerations(pair(counterTotals, generation));
  expect(found).toMatchObject({ rows: 31, equal: 28, differing: 1, onlyLive: 1, onlyNew: 1, exact: true });
  expect(found.sample).toEqual([
    { key: ["counter-3"], kind: "differs", fields: ["total", "note"] },
    { key: ["counter-30"], kind: "only-live", fields: [] },
    { key: ["counter-5"], kind: "only-new", fields: [] },
  ]);
  expect(isEqual(found)).toBe(false);
});

test("when the one that serves stands still, rows that it lacks events of are passed over and said to be", async () => {
  await registerProjections(database.pool, [counterTotals], counterCatalog);
  const worker = startWorker(database, "w", [counterTotals]);
  await counted(31);
  await caughtUp(database.pool);
  await worker.stop();
  await appendRaw(database.pool, [{ stream: "counter-1", type: "Counted", data: { by: 1, bucket: "b", note: null } }]);
  await database.pool.query("select * from advance_high_water('test')");
  const wider: FoldProjection = { ...counterTotals, partitions: 2 };
  const { generation } = await begin(wider);
  await replayFold({ pool: database.pool, projection: wider, catalog: counterCatalog, generation });
  const found = await compareGenerations(pair(wider, generation));
  expect(found).toMatchObject({ exact: false, rows: 31, equal: 30, passed: 1, differing: 0 });
  expect(isEqual(found)).toBe(false);
}, 90_000);
