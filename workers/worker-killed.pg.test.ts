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
import { bundleWorker, type WorkerProcess, type WorkerProcesses } from "@/lib/testing/worker-processes";

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

/** The proof kills hundreds, in its part of `npm test` as well. */
const KILLS = 20;
const partitions = async (pool: TestDatabase["pool"]) => {
  const { rows } = await pool.query<{ all: number }>("select count(*)::integer as all from consumer_partitions");
  return rows[0]?.all ?? 0;
};
/** So many workers, dead or alive, have handled something; of one process, if that is named. */
const atWork = async (pid?: number) => {
  const { rows } = await database.pool.query(
    "select count(distinct worker) as workers from consumer_batches where worker like $1",
    [pid === undefined ? "%" : `%-${pid}-%`],
  );
  return Number(rows[0].workers);
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("20 workers killed with SIGKILL under load: read models are the fold of the log, nothing lost or done twice", async () => {
  const load = loadOrders(database.pool);
  const watch = watchCheckpoints(database.pool);
  let workers: WorkerProcess[] = Array.from({ length: 4 }, processes.start);
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = workers[kill % workers.length];
      if (!victim) throw new Error("no worker");
      // Somewhere within its life: at its start, before a lease, within a batch, between two.
      await Promise.race([victim.ready, pause(kill % 2 === 0 ? 5_000 : 1_000)]);
      // On a busy machine few live long enough to have handled anything: one of four is left until it has.
      if (kill % 4 === 3)
        await eventually(async () => (await atWork(victim.child.pid)) > 0, {
          deadlineMs: 60_000,
          what: "a worker that handles something before it is killed",
        });
      await pause(Math.random() * 400);
      victim.child.kill("SIGKILL");
      await victim.exited;
      workers = workers.map((worker) => (worker === victim ? processes.start() : worker));
    }
    await eventually(() => load.appended() > 2_000, { deadlineMs: 120_000, what: "enough events" });
  } finally {
    await load.stop();
  }
  await whenCaughtUp(database.pool, async (moment) => {
    for (const projection of folds) {
      expect(await readModelOf(moment, projection)).toEqual(await foldLog(moment, catalog, projection));
    }
    await expectOneBatchPerEvent(moment);
  });
  expect(await watch.stop()).toEqual([]);
  expect(await atWork()).toBeGreaterThanOrEqual(5);

  const [last] = workers;
  last?.child.kill("SIGTERM");
  expect(await last?.exited).toBe(0);
}, 300_000);

test("three workers share the partitions; the partitions of one that is killed are held again within 5 s", async () => {
  const { pool } = database;
  await processes.close();
  processes = await bundleWorker(database.url);
  const workers = [processes.start(), processes.start(), processes.start()];
  const shared = async () => {
    await Promise.all(workers.map(({ ready }) => ready));
    return await eventually(
      async () => {
        const { rows } = await pool.query<{ owner: string; held: number }>(
          `select owner, count(*)::integer as held from consumer_partitions
            where owner is not null and lease_expires_at > clock_timestamp() group by 1`,
        );
        const all = rows.reduce((sum, { held }) => sum + held, 0);
        const even = Math.max(...rows.map(({ held }) => held)) - Math.min(...rows.map(({ held }) => held)) <= 1;
        // Leases of the workers before may outlive them: what is told apart are these three, not any.
        const own = workers.every(({ child }) => rows.some(({ owner }) => owner.includes(`-${child.pid}-`)));
        return rows.length === 3 && own && all === (await partitions(pool)) && even ? rows : undefined;
      },
      { deadlineMs: 45_000, what: "each of three workers to hold its share of all partitions" },
    );
  };
  const takeOverMs = async () => {
    const shares = await shared();
    const victim = workers.shift();
    const lost = shares.find(({ owner }) => owner.includes(`-${victim?.child.pid}-`))?.owner;
    victim?.child.kill("SIGKILL");
    const killed = performance.now();
    await eventually(
      async () => {
        const { rows } = await pool.query(
          "select count(*)::integer as held from consumer_partitions where owner <> $1 and lease_expires_at > clock_timestamp()",
          [lost],
        );
        return rows[0].held === (await partitions(pool));
      },
      { deadlineMs: 20_000, what: "the others to take over" },
    );
    workers.push(processes.start());
    return performance.now() - killed;
  };
  await expectSometimeWithin(5_000, takeOverMs);
}, 240_000);

test("a worker that is told to stop drains, gives its partitions back and leaves within 3 s", async () => {
  await expectSometimeWithin(3_000, async () => {
    const worker = processes.start();
    await worker.ready;
    const { pid } = worker.child;
    await eventually(async () => {
      const { rows } = await database.pool.query("select from consumer_partitions where owner like $1", [`%-${pid}-%`]);
      return rows.length > 0;
    });
    const told = performance.now();
    worker.child.disconnect();
    expect(await worker.exited).toBe(0);
    const took = performance.now() - told;
    const { rows } = await database.pool.query(
      `select (select count(*) from consumer_partitions where owner like $1) as held,
              (select stopped_at is not null from workers where id like $1) as stopped`,
      [`%-${pid}-%`],
    );
    expect(rows).toEqual([{ held: 0n, stopped: true }]);
    return took;
  });
});

/** Of three times one at least is this short: the waits are ours to bound, a machine that stands still meanwhile is not. */
async function expectSometimeWithin(ms: number, took: () => Promise<number>): Promise<void> {
  const all: number[] = [];
  while (all.length < 3 && !all.some((each) => each < ms)) all.push(await took());
  expect(Math.min(...all), `took ${all.map(Math.round).join(", ")} ms`).toBeLessThan(ms);
}
