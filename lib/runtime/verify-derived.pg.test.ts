import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import { createEventStore } from "@/lib/event-store/store";
import { registerProjections } from "@/lib/projections/register-projections";
import { createRun } from "@/lib/runs/create-run";
import { executeRuns } from "@/lib/runs/run-executor";
import { verifyDerived } from "@/lib/runtime/verify-derived";
import { createSnapshots } from "@/lib/snapshots/snapshots";
import { createLogger } from "@/lib/telemetry/logger";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { counters } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";

// What is written past the append, as here, has no rows of inline projections.
const projections = counters.projections.filter(({ mode }) => mode !== "inline");
const catalog = createCatalog([{ ...counters, projections }]);

let database: TestDatabase;
let worker: TestWorker;
let runs: Promise<unknown>;
const stop = new AbortController();

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await registerProjections(pool, projections, catalog);
  worker = startWorker(database, "w", projections);
  const snapshots = createSnapshots({
    ...{ pool, store: createEventStore({ pool }), catalog, writer: "test" },
  });
  const kinds = [verifyDerived({ pool, catalog, snapshots })];
  runs = executeRuns({ pool, kinds, worker: "w", signal: stop.signal, log: createLogger("test", { level: "silent" }) });
  await counted(700);
  await caughtUp(pool);
});

afterAll(async () => {
  stop.abort();
  await runs;
  await worker.stop();
  await database.close();
});

const counted = (count: number) =>
  appendRaw(
    database.pool,
    Array.from({ length: count }, (_, index) => ({
      stream: `counter-${index % 350}`,
      type: "Counted",
      data: { by: index + 1, bucket: `b${index % 3}`, note: null },
    })),
  );

async function verified() {
  const kind = verifyDerived({} as Parameters<typeof verifyDerived>[0]);
  const id = await inTransaction(database.pool, (client) =>
    createRun(client, kind, { requestedBy: "tester", input: {} }),
  );
  const run = await eventually(
    async () => (await database.pool.query("select * from runs where id = $1 and ended_at is not null", [id])).rows[0],
    { what: "the end of the run" },
  );
  if (run.state !== "succeeded") throw new Error(String(JSON.stringify(run.error)));
  const { rows } = await database.pool.query("select message, level from run_log where run = $1 order by line", [id]);
  return {
    result: JSON.parse(run.result),
    faults: rows.filter(({ level }) => level === "error").map(({ message }) => message),
    told: rows.filter(({ level }) => level === "info").map(({ message }) => message),
  };
}

test("while events come in and are applied nothing is found, and what cannot be compared here is named", async () => {
  let loading = true;
  const load = (async () => {
    while (loading) await counted(5);
  })();
  try {
    const { result, faults, told } = await verified();
    expect(faults).toEqual([]);
    expect(result).toMatchObject({ faults: 0 });
    expect(result.rows).toBeGreaterThanOrEqual(350);
    expect(told).toContainEqual(expect.stringMatching(/^bucket-totals is not compared here: .* several streams/));
    expect(told).toContainEqual(expect.stringMatching(/^counter-effects is not compared here: .* SQL of its own/));
  } finally {
    loading = false;
    await load;
  }
  await caughtUp(database.pool);
});

test("rows that differ, are missing or should not be there, and checkpoints that nobody's code has, are named", async () => {
  const { owner } = database;
  await owner.query("update tidemark_read.counter_totals_g1 set total = -1 where key = 'counter-3'");
  await owner.query("delete from tidemark_read.counter_totals_g1 where key = 'counter-349'");
  await owner.query(
    `insert into tidemark.consumers (name, kind, mode, style, version, partitions, types, slo_ms, generation)
       select 'forgotten', kind, mode, style, version, partitions, types, slo_ms, generation from tidemark.consumers where name = 'counter-totals'`,
  );
  await owner.query(
    `insert into tidemark.consumer_generations (consumer, generation, version, style, partitions, types, state)
       select 'forgotten', generation, version, style, partitions, types, state from tidemark.consumer_generations where consumer = 'counter-totals'`,
  );
  await owner.query(
    `insert into tidemark.consumer_partitions (consumer, generation, partition, slice_from, slice_to, checkpoint)
       values ('forgotten', 1, 0, 0, 512, 1000000000)`,
  );
  const { faults, result } = await verified();
  expect(faults).toHaveLength(5);
  expect(faults).toEqual(
    expect.arrayContaining([
      "projection forgotten has checkpoints in 1 partitions, and is in no code of this build",
      expect.stringMatching(/^partition 0 of forgotten \(generation 1\) has a checkpoint at 1000000000, beyond/),
      "generation 1 of forgotten: its partitions cover 512 of 1024 slices",
      "counter-totals: row counter-3 differs from what its events come to, in total",
      "counter-totals: row counter-349 is missing",
    ]),
  );
  expect(result.faults).toBe(5);
});
