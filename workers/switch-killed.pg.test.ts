import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain";
import { type RebuildInput, rebuildClaim, rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { registerProjections } from "@/lib/projections/register-projections";
import { createRun } from "@/lib/runs/create-run";
import { whenCaughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { loadOrders } from "@/lib/testing/order-load";
import { startReaders } from "@/lib/testing/switches/readers";
import { bundleWorker, type WorkerProcesses } from "@/lib/testing/worker-processes";

const catalog = createCatalog(modules);
const summary = catalog.projections.find(({ name }) => name === "order-summary") as FoldProjection;
let database: TestDatabase;
let workers: WorkerProcesses;
let operators: WorkerProcesses;

beforeAll(async () => {
  database = await createTestDatabase({ max: 20 });
  await registerProjections(database.pool, catalog.projections, catalog);
  [workers, operators] = await Promise.all([
    bundleWorker(database.url),
    bundleWorker(database.url, "lib/testing/operator-process.ts"),
  ]);
});
afterAll(async () => {
  await Promise.all([workers.close(), operators.close()]);
  await database.close();
});

const states = async () => {
  const { rows } = await database.pool.query<{ state: string }>(
    "select generation || ' ' || state as state from consumer_generations where consumer = 'order-summary' order by generation",
  );
  return rows.map(({ state }) => state);
};
const stateOf = async (run: bigint) => {
  const { rows } = await database.pool.query<{ state: string; error: string | null }>(
    "select state, error::text as error from runs where id = $1",
    [run],
  );
  expect(rows[0]?.error ?? null).toBeNull();
  return rows[0]?.state;
};
const begin = (promote: RebuildInput["promote"]) =>
  inTransaction(database.pool, (client) =>
    createRun(client, rebuildRun(database.pool, catalog.projections, catalog), {
      ...{ subject: summary.name, claim: rebuildClaim(summary.name, summary.version), requestedBy: "test" },
      input: { projection: summary.name, version: summary.version, promote } satisfies RebuildInput,
    }),
  );
const audited = async (type: string) => {
  const { rows } = await database.pool.query<{ entries: number }>(
    "select count(*)::int as entries from events where type = $1",
    [type],
  );
  return rows[0]?.entries;
};

/** Does an act in a process that dies at a step of it, looks that nothing has come of it, and does it once more. */
async function killedThenDone(step: string, env: Record<string, string>, untouched: () => Promise<void>) {
  const killed = operators.start({ ...env, TIDEMARK_FAILPOINT: `${step}:1` });
  expect(await killed.exited, killed.output()).toBeNull();
  await untouched();
  const again = operators.start(env);
  expect(await again.exited, again.output()).toBe(0);
}

test("killed inside the switch, promoting, going back and retiring have happened or have not, and readers notice nothing", async () => {
  const load = loadOrders(database.pool);
  const readers = startReaders(database.pool, "tidemark_read.order_summary", 1);
  try {
    let worker = workers.start();
    await worker.ready;
    await eventually(() => load.appended() > 200, { deadlineMs: 60_000 });

    // A rebuild that promotes by itself: the worker dies in the middle of it, twice, and the next one does it.
    worker.child.kill("SIGKILL");
    await worker.exited;
    const byItself = await begin("when-equal");
    for (const step of ["rebuild.before-switch", "rebuild.after-switch"]) {
      const killed = workers.start({ TIDEMARK_FAILPOINT: `${step}:1` });
      expect(await killed.exited, killed.output()).toBeNull();
      expect(await states()).toEqual(["1 live", "2 building"]);
      expect(await stateOf(byItself)).toBe("running");
    }
    worker = workers.start();
    await eventually(async () => (await stateOf(byItself)) === "succeeded", { deadlineMs: 60_000 });
    expect(await states()).toEqual(["1 kept", "2 live"]);

    // An operator's promotion, way back, and the end of a generation.
    const asked = await begin("ask");
    await eventually(async () => (await stateOf(asked)) === "awaiting-decision", { deadlineMs: 60_000 });
    const run = { RUN: String(asked) };
    await killedThenDone("rebuild.after-switch", { ACT: "promote", ...run }, async () => {
      expect(await states()).toEqual(["1 kept", "2 live", "3 building"]);
      expect(await stateOf(asked)).toBe("awaiting-decision");
      expect(await audited("RunPromoted")).toBe(0);
    });
    expect(await states()).toEqual(["1 kept", "2 kept", "3 live"]);
    await eventually(async () => (await stateOf(asked)) === "succeeded", { deadlineMs: 30_000 });
    await killedThenDone("rebuild.after-switch", { ACT: "revert", ...run }, async () => {
      expect(await states()).toEqual(["1 kept", "2 kept", "3 live"]);
      expect(await audited("RunReverted")).toBe(0);
    });
    expect(await states()).toEqual(["1 kept", "2 live", "3 kept"]);
    for (const [index, step] of ["rebuild.before-drop", "rebuild.after-drop"].entries()) {
      const generation = index === 0 ? "1" : "3";
      await killedThenDone(step, { ACT: "retire", PROJECTION: summary.name, GENERATION: generation }, async () => {
        expect(await states()).toContain(`${generation} kept`);
        await database.pool.query(`select from tidemark_read.order_summary_g${generation}`);
        expect(await audited("GenerationRetired")).toBe(index);
      });
    }
    expect(await states()).toEqual(["1 retired", "2 live", "3 retired"]);
    expect([await audited("RunPromoted"), await audited("RunReverted"), await audited("GenerationRetired")]).toEqual([
      1, 1, 2,
    ]);
  } finally {
    await Promise.all([load.stop(), readers.stop()]);
  }
  expect(readers.findings).toEqual([]);
  await whenCaughtUp(database.pool, async (moment) => {
    expect(await readModelOf(moment, summary)).toEqual(await foldLog(moment, catalog, summary));
  });
}, 180_000);
