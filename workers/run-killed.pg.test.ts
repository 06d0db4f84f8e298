import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { verifyLog } from "@/lib/integrity/verify-log";
import { createRun } from "@/lib/runs/create-run";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { bundleWorker, type WorkerProcesses } from "@/lib/testing/worker-processes";

let database: TestDatabase;
let processes: WorkerProcesses;
const STREAMS = 3_000;

beforeAll(async () => {
  database = await createTestDatabase();
  processes = await bundleWorker(database.url);
  await database.owner.query(
    `insert into tidemark.streams (stream, category, slice, version)
       select 'walk-' || n, 'walk', n % 1024, 0 from generate_series(1, $1) as n`,
    [STREAMS],
  );
});

afterAll(async () => {
  await processes.close();
  await database.close();
});

const steps = ["run.after-claim", "run.before-checkpoint", "run.before-commit", "run.after-commit", "run.before-end"];

test("a run whose worker is killed at any step is carried to its end by others, each stream counted once", async () => {
  const id = await inTransaction(database.pool, (client) =>
    createRun(client, verifyLog, { requestedBy: "tester", input: {} }),
  );
  let kills = 0;
  for (const label of steps) {
    // Any worker may be the one that takes the run; each dies at its step, the first or the third time it is there.
    const nth = label === "run.after-claim" || label === "run.before-end" ? 1 : 3;
    const worker = processes.start({ TIDEMARK_FAILPOINT: `${label}:${nth}` });
    await worker.exited;
    kills += 1;
  }
  expect(kills).toBe(steps.length);
  const { rows: before } = await database.pool.query("select state, steps, epoch from runs where id = $1", [id]);
  expect(before[0].state).toBe("running");
  processes.start();
  await eventually(
    async () =>
      (await database.pool.query("select from runs where id = $1 and state = 'succeeded'", [id])).rowCount === 1,
    { deadlineMs: 20_000 },
  );
  const { rows } = await database.pool.query("select result, steps, epoch, log_lines from runs where id = $1", [id]);
  expect(JSON.parse(rows[0].result)).toEqual({ streams: STREAMS, events: 0, leaves: 0, agreed: 0, faults: 0 });
  // A step that finds no more streams, one that finds no more leaves, one that settles alarms; the last two again after the
  // kill just before the end.
  expect(Number(rows[0].steps)).toBe(Math.ceil(STREAMS / 100) + 5);
  const { rows: lost } = await database.pool.query(
    "select count(*)::int as n from run_log where run = $1 and message like '%was lost'",
    [id],
  );
  expect(lost[0].n).toBe(kills);
}, 90_000);
