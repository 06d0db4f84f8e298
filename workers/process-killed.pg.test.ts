import { afterAll, beforeAll, expect, test } from "vitest";
import { registerProcesses } from "@/lib/processes/register-processes";
import { registerProjections } from "@/lib/projections/register-projections";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import {
  killProcessWorkers,
  processContradictions,
  processSteps,
  shopCatalog,
} from "@/lib/testing/process-kills/kill-workers";
import { bundleWorker, type WorkerProcesses } from "@/lib/testing/worker-processes";

let database: TestDatabase;
let processes: WorkerProcesses;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, shopCatalog.projections, shopCatalog);
  await registerProcesses(database.pool, shopCatalog.processes, shopCatalog);
  processes = await bundleWorker(database.url);
});
afterAll(async () => {
  await processes.close();
  await database.close();
});

test("workers killed at every step of a process and at random, and many of their connections cut in mid-flow: each order ends once, with one reservation a line that is shipped or given back", async () => {
  const { cuts, hits } = await killProcessWorkers(database, processes, { kills: 15, orders: 40 });
  expect(cuts).toBeGreaterThan(10);
  expect(processSteps.filter((step) => (hits.get(step) ?? 0) === 0)).toEqual([]);
  for (const [what, sql] of Object.entries(processContradictions)) {
    expect({ [what]: (await database.pool.query(sql)).rows }).toEqual({ [what]: [] });
  }
}, 300_000);
