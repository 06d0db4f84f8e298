import { afterEach, beforeEach, expect, test } from "vitest";
import { openPool } from "@/lib/db/pool";
import type { FoldProjection, Projection } from "@/lib/define";
import { createEventStore } from "@/lib/event-store/store";
import { createInlineConsumers, inlineKnown } from "@/lib/projections/inline-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { counterCatalog, counterNow, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker } from "@/lib/testing/start-workers";
import { promoteGeneration } from "./promote-generation";
import { retire } from "./retire-generation";

/** The same counters with another column and other partitions, in which every total is doubled. */
const doubled: FoldProjection = {
  ...counterTotals,
  version: 2,
  partitions: 2,
  columns: { ...counterTotals.columns, twice: "bigint" },
  initial: (key) => ({ ...counterTotals.initial(key), twice: 0 }),
  evolve: {
    ...counterTotals.evolve,
    Counted: (row, event, key) => {
      const counted = counterTotals.evolve.Counted?.(row, event, key);
      return counted ? { ...counted, twice: 2 * Number(counted.total) } : null;
    },
  },
};

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const register = (projection: Projection) => registerProjections(database.pool, [projection], counterCatalog);
const count = (n: number) =>
  appendRaw(
    database.pool,
    Array.from({ length: n }, (_, index) => ({
      stream: `counter-${index % 7}`,
      type: "Counted",
      data: { by: index, bucket: "b", note: null },
    })),
  );
const states = async () => {
  const { rows } = await database.pool.query<{ generation: number; state: string }>(
    "select generation, state from consumer_generations order by generation",
  );
  return rows.map(({ generation, state }) => `${generation} ${state}`);
};

/** Until the run that registering asked for waits for an operator. */
const built = () =>
  eventually(
    async () => {
      const { rows } = await database.pool.query("select state, error from runs order by id desc limit 1");
      expect(rows).toEqual([{ state: "awaiting-decision", error: null }]);
      return true;
    },
    { deadlineMs: 15_000, what: "the rebuild" },
  );

test("two versions side by side: each writes its own table only, and both stay right until the old one is retired", async () => {
  await register(counterTotals);
  const old = startWorker(database, "version 1", [counterTotals]);
  await count(50);
  await caughtUp(database.pool);
  await register(doubled);
  const young = startWorker(database, "version 2", [doubled]);
  try {
    await count(50);
    await built();
    await count(50);
    await caughtUp(database.pool);
    const { rows } = await database.pool.query(
      "select generation, array_agg(distinct worker) as workers from consumer_batches group by 1 order by 1",
    );
    expect(rows).toEqual([
      { generation: 1, workers: ["version 1"] },
      { generation: 2, workers: ["version 2"] },
    ]);
    expect(await readModelOf(database.pool, counterTotals)).toEqual(
      await foldLog(database.pool, counterCatalog, counterTotals),
    );

    expect(await promoteGeneration(database.pool, doubled, 2)).toEqual({ generation: 2, version: 2, kept: 1 });
    expect(await states()).toEqual(["1 kept", "2 live"]);
    await count(50);
    await caughtUp(database.pool);
    expect(await readModelOf(database.pool, doubled)).toEqual(await foldLog(database.pool, counterCatalog, doubled));

    // Going back needs no replay: while a worker runs its version, what is kept goes on following the log.
    await promoteGeneration(database.pool, counterTotals, 1);
    expect(await states()).toEqual(["1 live", "2 kept"]);
    expect(await readModelOf(database.pool, counterTotals)).toEqual(
      await foldLog(database.pool, counterCatalog, counterTotals),
    );
    await retire(database.pool, doubled, 2);
    expect(await states()).toEqual(["1 live", "2 retired"]);
    await expect(database.pool.query("select from tidemark_read.counter_totals_g2")).rejects.toThrow("does not exist");
  } finally {
    await Promise.all([old.stop(), young.stop()]);
  }
});

test("a generation that is behind, retired or serving already is not promoted, and nothing changes", async () => {
  await register(counterTotals);
  const worker = startWorker(database, "version 1", [counterTotals]);
  await count(20);
  await caughtUp(database.pool);
  await register(doubled);
  await worker.stop();
  await expect(promoteGeneration(database.pool, doubled, 2)).rejects.toThrow("still being replayed");
  await expect(promoteGeneration(database.pool, counterTotals, 1)).rejects.toThrow("serves already");
  await expect(promoteGeneration(database.pool, counterTotals, 9)).rejects.toThrow("9");
  await expect(retire(database.pool, counterTotals, 1)).rejects.toThrow("serves");
  await retire(database.pool, doubled, 2);
  await expect(promoteGeneration(database.pool, doubled, 2)).rejects.toThrow("retired");
  expect(await states()).toEqual(["1 live", "2 retired"]);
});

test("a process that does not know an inline projection of the database cannot append past it", async () => {
  const append = (by: number) => ({
    writes: [
      {
        stream: "counter-1",
        expectedVersion: "any" as const,
        events: [{ type: "Counted", schemaVersion: 1, data: JSON.stringify({ by, bucket: "b", note: null }) }],
      },
    ],
  });
  const open = async (projections: readonly Projection[]) => {
    const pool = openPool({ url: database.url, applicationName: "deploy", inline: inlineKnown(projections) });
    const store = createEventStore({ pool, inline: createInlineConsumers(projections, counterCatalog) });
    return { pool, store };
  };
  const old = await open([]);
  const young = await open([counterNow]);
  try {
    await old.store.append(append(1));
    await register(counterNow);
    await expect(old.store.append(append(2))).rejects.toThrow("counter-now@1");
    await young.store.append(append(3));
    await register({ ...counterNow, version: 2 });
    await expect(young.store.append(append(4))).rejects.toThrow("counter-now@2");
    const { rows } = await database.pool.query("select total, version from tidemark_read.counter_now");
    expect(rows).toEqual([{ total: 4n, version: 2n }]);
  } finally {
    await Promise.all([old.pool.end(), young.pool.end()]);
  }
});
