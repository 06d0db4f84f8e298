import { afterEach, beforeEach, expect, test } from "vitest";
import type { FoldProjection } from "@/lib/define";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { counterCatalog, counters, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { startWorker } from "@/lib/testing/start-workers";
import { registerProjections } from "./register-projections";

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const register = (projections: readonly FoldProjection[]) =>
  registerProjections(database.pool, projections, counterCatalog);
const state = async () => {
  const { rows } = await database.pool.query(
    `select c.version, c.generation, c.types, array_agg(slice_from || '-' || slice_to order by partition) as slices
       from consumers c join consumer_partitions p on p.consumer = c.name and p.generation = c.generation
      where c.name = 'counter-totals' group by 1, 2, 3`,
  );
  return rows[0];
};

test("many processes that register at once make each thing once", async () => {
  await Promise.all(
    Array.from({ length: 6 }, () => registerProjections(database.pool, counters.projections, counterCatalog)),
  );
  expect(await state()).toEqual({
    version: 1,
    generation: 1,
    types: ["Cleared", "Counted"],
    slices: ["0-256", "256-512", "512-768", "768-1024"],
  });
  const { rows } = await database.pool.query("select count(*) as rows from tidemark_read.counter_totals");
  expect(rows).toEqual([{ rows: 0n }]);
});

test("a raised version is built in a table of its own, and the one that serves is left as it is", async () => {
  await register([counterTotals]);
  await database.pool.query("update consumer_partitions set checkpoint = 7, epoch = 5, owner = 'old'");
  await register([{ ...counterTotals, version: 2, partitions: 2 }]);
  expect(await state()).toMatchObject({ version: 1, generation: 1 });
  const { rows } = await database.pool.query(
    "select generation, slice_from, checkpoint, epoch, owner from consumer_partitions order by 1, 2",
  );
  expect(rows.slice(3)).toEqual([{ generation: 1, slice_from: 768, checkpoint: 7n, epoch: 5n, owner: "old" }]);
  const { rows: runs } = await database.pool.query("select kind, subject, requested_by, state from runs");
  expect(runs).toEqual([{ kind: "rebuild", subject: "counter-totals", requested_by: "deploy", state: "waiting" }]);
});

test("a version raised again takes the place of the one that was being built", async () => {
  await register([counterTotals]);
  await register([{ ...counterTotals, version: 2 }]);
  await register([{ ...counterTotals, version: 3 }]);
  await register([{ ...counterTotals, version: 2 }]);
  const { rows } = await database.pool.query(
    `select generation, version, state, to_regclass('tidemark_read.counter_totals_g' || generation) is not null as stored
       from consumer_generations order by 1`,
  );
  expect(rows).toEqual([
    { generation: 1, version: 1, state: "live", stored: true },
    { generation: 2, version: 2, state: "retired", stored: false },
    { generation: 3, version: 3, state: "building", stored: true },
  ]);
});

test("code of an older version changes nothing, and its workers leave the consumer alone", async () => {
  await registerProjections(database.pool, counters.projections, counterCatalog);
  await database.pool.query("update consumers set version = 2 where name = 'counter-totals'");
  await database.pool.query("update consumer_generations set version = 2 where consumer = 'counter-totals'");
  const before = await state();
  await register([counterTotals]);
  expect(await state()).toEqual(before);
  await appendRaw(database.pool, [{ stream: "c-1", type: "Counted", data: { by: 1, bucket: "b", note: null } }]);
  const worker = startWorker(database, "old code");
  try {
    await database.pool.query("delete from consumer_partitions where consumer = 'counter-totals' and partition > 0");
    await expect(caughtUp(database.pool, 3_000)).rejects.toThrow("catch up");
    const { rows } = await database.pool.query(
      "select consumer, max(checkpoint) > 0 as moved, max(owner) as owner from consumer_partitions group by 1 order by 1",
    );
    expect(rows).toEqual([
      { consumer: "bucket-totals", moved: true, owner: "old code" },
      { consumer: "counter-effects", moved: true, owner: "old code" },
      { consumer: "counter-totals", moved: false, owner: null },
    ]);
  } finally {
    await worker.stop();
  }
});

test("other columns, or types whose events have gone by, are refused until the version is raised", async () => {
  await register([counterTotals]);
  const wider: FoldProjection = { ...counterTotals, columns: { ...counterTotals.columns, more: "text?" } };
  await expect(register([wider])).rejects.toThrow("Raise its version");
  await register([{ ...wider, version: 2 }]);

  const { Cleared: _, ...counting } = counterTotals.evolve;
  await register([{ ...wider, version: 3, evolve: counting }]);
  // Nothing of the type has gone by: it may be added.
  await register([{ ...wider, version: 3 }]);
  await register([{ ...wider, version: 4, evolve: counting }]);
  const [position] = await appendRaw(database.pool, [{ stream: "c-1", type: "Cleared", data: {} }]);
  await database.pool.query("update consumer_partitions set checkpoint = $1 where partition = 0", [position]);
  await database.pool.query("select * from advance_high_water('test')");
  await expect(register([{ ...wider, version: 4 }])).rejects.toThrow("Cleared");
});
