import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { migrate } from "@/lib/db/migrate";
import { openPool } from "@/lib/db/pool";
import { type EmbeddedPostgres, startPostgres } from "@/lib/embedded/postgres";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp, expectOneBatchPerEvent } from "@/lib/testing/consumer-state";
import { bucketTotals, counterCatalog, counterTotals, poison } from "@/lib/testing/counter-domain";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-crash-"));
// What no commit waits for, the WAL writer flushes by itself; not here, so that a crash takes back all that it may.
const settings = { wal_writer_delay: "10s" };
const projections = [counterTotals, bucketTotals];
let postgres: EmbeddedPostgres;
let pool: pg.Pool;
let worker: TestWorker;

beforeAll(async () => {
  postgres = await startPostgres({
    ...{ directory, database: "store", projectRoot: process.cwd(), preferredPort: 0, settings },
  });
  await migrate({ url: postgres.url });
  pool = openPool({ url: postgres.url, applicationName: "crash", max: 10 });
  await registerProjections(pool, projections, counterCatalog);
  // Letters try again by themselves for as long as the test takes.
  worker = startWorker({ url: postgres.url, pool }, "outlives the server", projections, {
    attempts: 1_000,
    retryMs: 50,
  });
}, 60_000);
afterEach(() => poison.clear());
afterAll(async () => {
  await worker.stop();
  await pool.end();
  await postgres.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** Kills a backend: the server ends all others and recovers, in less time than lies between two looks of an idle worker. */
async function crash(): Promise<void> {
  const { rows } = await pool.query<{ pid: number }>("select pg_backend_pid() as pid");
  process.kill(rows[0]?.pid ?? 0, "SIGKILL");
  await eventually(() => pool.query("select from consumers").catch(() => false), { everyMs: 5 });
}

async function expectFoldOfLog(): Promise<void> {
  await caughtUp(pool, 15_000);
  for (const projection of projections) {
    expect(await readModelOf(pool, projection)).toEqual(await foldLog(pool, counterCatalog, projection));
  }
  await expectOneBatchPerEvent(pool);
}

const counted = (stream: string, note: string | null = null) => ({
  stream,
  type: "Counted",
  data: { by: 1, bucket: "b", note },
});

it("what a crash took back of a worker's commits is done again, though nothing is appended any more", {
  timeout: 90_000,
}, async () => {
  for (let round = 1; round <= 3; round++) {
    const [position = 0n] = await appendRaw(pool, [counted("counter-1")]);
    await eventually(
      async () => (await pool.query("select from consumer_batches where to_position >= $1", [position])).rowCount === 2,
      { everyMs: 1, what: "both read models to have it" },
    );
    await crash();
    await expectFoldOfLog();
  }
});

it("a dead letter that somebody saw parked or closed is so after a crash, with its effect", {
  timeout: 90_000,
}, async () => {
  const letters = async (sql: string) => (await pool.query(`select id from dead_letters where ${sql}`)).rows;
  for (let round = 1; round <= 3; round++) {
    const stream = `counter-${round + 1}`;
    poison.add("sour");
    await appendRaw(pool, [counted(stream), counted(stream, "sour"), counted(stream)]);
    await eventually(async () => (await letters("closed_at is null")).length === 1, { everyMs: 1 });
    const parked = await letters("closed_at is null");
    await crash();
    expect(await eventually(() => letters("closed_at is null")), "parked").toEqual(parked);
    poison.clear();
    await eventually(async () => (await letters("closed_at is null")).length === 0, { everyMs: 1 });
    await crash();
    expect(await eventually(() => letters("closed_at is not null and outcome = 'retried'"))).toHaveLength(round);
    await appendRaw(pool, [counted(stream)]);
    await expectFoldOfLog();
  }
});
