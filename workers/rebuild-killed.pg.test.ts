import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain";
import { promoteGeneration } from "@/lib/projections/rebuild/promote-generation";
import { type RebuildInput, rebuildClaim, rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { registerProjections } from "@/lib/projections/register-projections";
import { createRun } from "@/lib/runs/create-run";
import { caughtUp, whenCaughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { loadOrders } from "@/lib/testing/order-load";
import { bundleWorker, type WorkerProcess, type WorkerProcesses } from "@/lib/testing/worker-processes";

const catalog = createCatalog(modules);
const summary = catalog.projections.find(({ name }) => name === "order-summary") as FoldProjection;
let database: TestDatabase;
let workers: WorkerProcesses;

beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, catalog.projections, catalog);
  workers = await bundleWorker(database.url);
});
afterAll(async () => {
  await workers.close();
  await database.close();
});

const runOf = async () => {
  const { rows } = await database.pool.query<{
    state: string;
    phase: string;
    owner: string | null;
    error: string | null;
  }>("select state, phase, owner, error::text as error from runs order by id desc limit 1");
  return rows[0];
};

/** Kills whoever carries the run out once it is in this phase, and starts another worker. */
async function killIn(phase: string, running: Set<WorkerProcess>): Promise<void> {
  const victim = await eventually(
    async () => {
      const run = await runOf();
      if (run?.state === "failed") throw new Error(run.error ?? "failed");
      if (run?.phase !== phase && run?.state !== "awaiting-decision") return undefined;
      return [...running].find(({ child }) => run?.owner?.includes(`-${child.pid}-`));
    },
    { deadlineMs: 90_000, everyMs: 3, what: `the run to be in ${phase}` },
  );
  victim.child.kill("SIGKILL");
  await victim.exited;
  running.delete(victim);
  running.add(workers.start());
}

test("a rebuild whose worker is killed in every phase, under load, is the fold of the log from zero", async () => {
  const load = loadOrders(database.pool);
  const running = new Set([workers.start(), workers.start()]);
  await Promise.all([...running].map(({ ready }) => ready));
  await eventually(() => load.appended() > 400, { deadlineMs: 90_000 });
  const input: RebuildInput = { projection: summary.name, version: summary.version, promote: "ask" };
  await inTransaction(database.pool, (client) =>
    createRun(client, rebuildRun(database.pool, catalog.projections, catalog), {
      ...{ subject: summary.name, claim: rebuildClaim(summary.name, summary.version), input, requestedBy: "test" },
    }),
  );
  for (const phase of ["prepare", "replay", "catch-up", "verify"]) await killIn(phase, running);
  await eventually(async () => (await runOf())?.state === "awaiting-decision", { deadlineMs: 90_000 });
  await load.stop();
  await caughtUp(database.pool);
  await promoteGeneration(database.pool, summary, 2);
  await whenCaughtUp(database.pool, async (moment) => {
    const log = await foldLog(moment, catalog, summary);
    expect(log.length).toBeGreaterThan(50);
    expect(await readModelOf(moment, summary)).toEqual(log);
    expect(await readModelOf(moment, summary, 1)).toEqual(log);
  });
  const { rows } = await database.pool.query(
    "select state from consumer_generations where consumer = 'order-summary' order by generation",
  );
  expect(rows).toEqual([{ state: "kept" }, { state: "live" }]);
}, 240_000);
