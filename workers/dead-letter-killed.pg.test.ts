import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { modules } from "@/lib/domain";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { bundleWorker, type WorkerProcess, type WorkerProcesses } from "@/lib/testing/worker-processes";

const catalog = createCatalog(modules);
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

const KILLS = 6;
const POISON = 18;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A cart of three pieces; the second event of a poisonous one cannot be read by any code. */
function cart(stream: string, poisonous: boolean) {
  const added = (quantity: unknown) => ({
    stream,
    type: "ItemAdded",
    schemaVersion: 3,
    data: { sku: "MUG-01", title: "Mug", quantity, unitCents: 1_250 },
  });
  const opened = {
    stream,
    type: "CartOpened",
    data: { customerId: "c-1", name: "Ada King", email: "ada@example.org" },
  };
  return [opened, ...(poisonous ? [added("three")] : []), added(1), added(2)];
}

test("workers killed with SIGKILL while events are parked, retried and skipped: each stream is whole, nothing lost or doubled", async () => {
  const { pool } = database;
  let workers: WorkerProcess[] = [processes.start(), processes.start()];
  for (let kill = 0; kill < KILLS; kill++) {
    const carts = Array.from({ length: 12 }, (_, n) => cart(`order-kill-${kill}-${n}`, n < POISON / KILLS));
    await appendRaw(pool, carts.flat());
    const victim = workers[kill % 2];
    if (!victim) throw new Error("no worker");
    await Promise.race([victim.ready, pause(5_000)]);
    await pause(Math.random() * 600);
    // Orders of an operator, of which some are under way when the worker dies.
    await pool.query(
      `update dead_letters set wanted = case when random() < 0.5 then 'retry' else 'skip' end
        where closed_at is null and outcome is null and wanted is null and random() < 0.5`,
    );
    await pause(Math.random() * 600);
    victim.child.kill("SIGKILL");
    await victim.exited;
    workers = workers.map((worker) => (worker === victim ? processes.start() : worker));
  }
  await caughtUp(pool);
  await eventually(
    async () => {
      await pool.query(
        "update dead_letters set wanted = 'skip' where closed_at is null and outcome is null and wanted is null",
      );
      const { rows } = await pool.query("select count(*)::integer as open from dead_letters where closed_at is null");
      return rows[0].open === 0;
    },
    { deadlineMs: 90_000, what: "every letter to be closed" },
  );
  const letters = await pool.query(
    "select count(*)::integer as letters, count(distinct position)::integer as events, bool_and(state = 'skipped') as skipped from dead_letters where consumer = 'order-summary'",
  );
  expect(letters.rows).toEqual([{ letters: POISON, events: POISON, skipped: true }]);
  const { rows } = await pool.query(
    `select s.stream, s.version, r.version as reached, r.pieces from streams s
       left join tidemark_read.order_summary r on r.key = s.stream
      where s.stream like 'order-kill-%' and (r.version is distinct from s.version or r.pieces is distinct from 3)`,
  );
  expect(rows).toEqual([]);
}, 240_000);
