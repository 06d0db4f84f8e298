import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain";
import { registerProjections } from "@/lib/projections/register-projections";
import { expectOneBatchPerEvent, watchCheckpoints, whenCaughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { type HostLink, openHostLink } from "@/lib/testing/host-link";
import { loadOrders } from "@/lib/testing/order-load";
import { bundleWorker, type WorkerProcess, type WorkerProcesses } from "@/lib/testing/worker-processes";

const catalog = createCatalog(modules);
const folds = catalog.projections.filter(
  (projection): projection is FoldProjection => projection.style === "fold" && projection.mode === "async",
);
const HOUR_MS = 3_600_000;

let database: TestDatabase;
let processes: WorkerProcesses;
let folder: string;
let links: readonly HostLink[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, catalog.projections, catalog);
  processes = await bundleWorker(database.url);
  folder = mkdtempSync(path.join(tmpdir(), "tidemark-hosts-"));
  writeFileSync(path.join(folder, "wrong-clock.cjs"), WRONG_CLOCK);
  links = await Promise.all([0, 1, 2].map(() => openHostLink(database.url)));
});
afterAll(async () => {
  await processes.close();
  for (const link of links) await link.close();
  rmSync(folder, { recursive: true, force: true });
  await database.close();
});

/** What a host's clock says is wrong by so much; timers run as ever. */
const WRONG_CLOCK = `
const Right = Date, by = Number(process.env.CLOCK_WRONG_BY_MS);
globalThis.Date = class extends Right {
  constructor(...parts) { super(...(parts.length === 0 ? [Right.now() + by] : parts)); }
  static now() { return Right.now() + by; }
};`;

test("workers on several hosts share nothing but the database: clocks that are hours apart move no lease, and a host whose network fell silent is replaced, and fenced when what it sent arrives late", async () => {
  const { pool } = database;
  const load = loadOrders(pool);
  const watch = watchCheckpoints(pool);
  const hosts = [2 * HOUR_MS, -HOUR_MS, 0].map((wrongBy, index) => startHost(index, wrongBy));
  await Promise.all(hosts.map(({ ready }) => ready));
  const [first, lost, third] = hosts;
  const [, link] = links;
  if (!first || !lost || !third || !link) throw new Error("A host is missing.");
  await eventually(async () => (await Promise.all(hosts.map(held))).every((count) => count > 0), {
    what: "three hosts to share the partitions",
  });
  expect(clockOf(first) - clockOf(third)).toBeGreaterThan(HOUR_MS);
  await eventually(async () => (await batchesOf(lost)) > 20, { what: "the second host to be at work" });

  link.fallSilent();
  await eventually(async () => (await held(first)) + (await held(third)) === (await partitions()), {
    what: "the two others to hold everything",
  });
  const before = await pool.query("select consumer, partition, epoch, checkpoint from consumer_partitions");
  const done = await batchesOf(lost);
  await eventually(() => passed(before.rows), { what: "all partitions with something to do to move on without it" });
  expect(lost.child.exitCode).toBeNull();

  link.heal();
  await eventually(async () => lost.output().includes("lease lost") && (await held(lost)) > 0, {
    what: "the second host to learn that it was replaced, and to take its share anew",
  });
  expect(await batchesBelow(lost, before.rows)).toBe(done);
  await load.stop();
  await whenCaughtUp(pool, async (moment) => {
    for (const projection of folds) {
      expect(await readModelOf(moment, projection)).toEqual(await foldLog(moment, catalog, projection));
    }
    await expectOneBatchPerEvent(moment);
    const { rows } = await moment.query(
      "select count(*)::integer as wrong from consumer_batches where committed_at > clock_timestamp() or read_at > committed_at",
    );
    expect(rows).toEqual([{ wrong: 0 }]);
  });
  expect(await watch.stop()).toEqual([]);
}, 90_000);

/** A worker with a folder, a clock and a way to the database of its own. */
function startHost(index: number, wrongBy: number): WorkerProcess {
  return processes.start({
    DATABASE_URL: links[index]?.url ?? "",
    TIDEMARK_DATA_DIR: mkdtempSync(path.join(folder, "host-")),
    NODE_OPTIONS: `--require ${path.join(folder, "wrong-clock.cjs")}`,
    CLOCK_WRONG_BY_MS: String(wrongBy),
  });
}

/** What the host's clock said when it wrote its first line. */
function clockOf({ output }: WorkerProcess): number {
  return Date.parse(JSON.parse(output().split("\n")[0] ?? "").time);
}

/** Partitions that a host holds now, by the database's clock. */
async function held({ child }: WorkerProcess): Promise<number> {
  const { rows } = await database.pool.query(
    "select count(*)::integer as held from consumer_partitions where owner like $1 and lease_expires_at > clock_timestamp()",
    [`%-${child.pid}-%`],
  );
  return Number(rows[0].held);
}

async function partitions(): Promise<number> {
  const { rows } = await database.pool.query("select count(*)::integer as count from consumer_partitions");
  return Number(rows[0].count);
}

async function batchesOf({ child }: WorkerProcess): Promise<number> {
  const { rows } = await database.pool.query(
    "select count(*)::integer as count from consumer_batches where worker like $1",
    [`%-${child.pid}-%`],
  );
  return Number(rows[0].count);
}

type Stand = {
  readonly consumer: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly checkpoint: bigint;
};

/** Batches of a host under epochs that were over by then. */
async function batchesBelow({ child }: WorkerProcess, stands: readonly Stand[]): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*)::integer as count from consumer_batches b
       join unnest($2::text[], $3::integer[], $4::bigint[]) as taken(consumer, partition, epoch)
         on b.consumer = taken.consumer and b.partition = taken.partition
      where b.worker like $1 and b.epoch <= taken.epoch`,
    [`%-${child.pid}-%`, ...columns(stands)],
  );
  return Number(rows[0].count);
}

/** Whether every partition for which an event has come since has a checkpoint beyond where it stood. */
async function passed(stands: readonly Stand[]): Promise<boolean> {
  const { rows } = await database.pool.query(
    `select bool_and(p.checkpoint > stood.checkpoint) as moved
       from unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) as stood(consumer, partition, epoch, checkpoint)
       join consumer_partitions p using (consumer, partition)`,
    [...columns(stands), stands.map(({ checkpoint }) => checkpoint)],
  );
  return rows[0].moved === true;
}

function columns(stands: readonly Stand[]): unknown[] {
  return [
    stands.map(({ consumer }) => consumer),
    stands.map(({ partition }) => partition),
    stands.map(({ epoch }) => epoch),
  ];
}
