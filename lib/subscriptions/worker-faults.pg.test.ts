import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw, type RawEvent } from "@/lib/testing/append-raw";
import { caughtUp, expectOneBatchPerEvent } from "@/lib/testing/consumer-state";
import { bucketTotals, counterCatalog, counters, counterTotals, poison } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";

let database: TestDatabase;
const workers: TestWorker[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, counters.projections, counterCatalog);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(() => database.close());

function start(id: string): TestWorker {
  const worker = startWorker(database, id);
  workers.push(worker);
  return worker;
}

let counter = 0;
function counted(note: string | null = null, stream = `counter-${counter++ % 50}`): RawEvent {
  return { stream, type: "Counted", data: { by: 1, bucket: `b${counter % 5}`, note } };
}

async function expectRight(): Promise<void> {
  for (const projection of [counterTotals, bucketTotals]) {
    expect(await readModelOf(database.pool, projection)).toEqual(
      await foldLog(database.pool, counterCatalog, projection),
    );
  }
  await expectOneBatchPerEvent(database.pool);
}

test("connections that are cut again and again under load lose nothing and do nothing twice", async () => {
  start("enduring-1");
  start("enduring-2");
  let cut = 0;
  // Until enough were cut, not for so many rounds: on a quick machine a round can pass before anybody is back.
  while (cut <= 20) {
    await eventually(() =>
      appendRaw(
        database.owner,
        Array.from({ length: 50 }, () => counted()),
      ),
    );
    cut += await eventually(async () => {
      const { rows } = await database.owner.query(
        `select count(pg_terminate_backend(pid))::integer as cut from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and application_name like 'tidemark%'`,
      );
      return Number(rows[0].cut) || undefined;
    });
  }
  await caughtUp(database.owner);
  await expectRight();
}, 60_000);

test("a poison event faults its own partition and names the event; all others go on; cured, it is applied", async () => {
  start("careful");
  poison.add("bad");
  const stream = "counter-poisoned";
  const [, position] = await appendRaw(database.pool, [counted(null, stream), counted("bad", stream)]);
  await appendRaw(
    database.pool,
    Array.from({ length: 200 }, () => counted()),
  );
  const faulted = await eventually(async () => {
    const { rows } = await database.pool.query(
      "select consumer, partition, attempts, error, checkpoint, next_attempt_at > clock_timestamp() as later from consumer_partitions where error is not null order by 1",
    );
    return rows.length === 2 ? rows : undefined;
  });
  expect(faulted.map(({ consumer }) => consumer)).toEqual(["counter-effects", "counter-totals"]);
  for (const { error, checkpoint } of faulted) {
    expect(JSON.parse(error)).toMatchObject({
      name: "RangeError",
      message: "cannot count bad",
      type: "Counted",
      stream,
      position: String(position),
    });
    // What stood before it in the same batch is applied.
    expect(checkpoint).toBe(BigInt(position ?? 0) - 1n);
  }
  await eventually(async () => {
    const { rows } = await database.pool.query(
      "select count(*)::integer as done from consumer_partitions where error is null and checkpoint >= (select max(position) from events)",
    );
    return rows[0].done === 5;
  });

  poison.delete("bad");
  await database.pool.query("update consumer_partitions set next_attempt_at = null where error is not null");
  await caughtUp(database.pool);
  const { rows } = await database.pool.query(
    "select count(*) as faults from consumer_partitions where error is not null or attempts > 0",
  );
  expect(rows[0].faults).toBe(0n);
  await expectRight();
});

test("an event of a handled type in an unknown version is held, never guessed", async () => {
  start("strict");
  const [position] = await appendRaw(database.pool, [{ ...counted(null, "counter-future"), schemaVersion: 9 }]);
  await eventually(async () => {
    const { rows } = await database.pool.query(
      "select error, checkpoint from consumer_partitions where error is not null and checkpoint < $1",
      [position],
    );
    return rows.length === 3 && rows.every(({ error }) => JSON.parse(error).message.includes("schema version 9"));
  });
  // So that the next tests start from a log that can be read.
  await database.pool.query(
    `update consumer_partitions set checkpoint = $1, epoch = epoch + 1, owner = null, attempts = 0, error = null, next_attempt_at = null
      where error is not null`,
    [position],
  );
  await caughtUp(database.pool);
});

test("a paused consumer stops within a second and goes on when it is resumed; others do not notice", async () => {
  start("obedient");
  const switchTo = (state: string) =>
    database.pool.query("update consumers set state = $1 where name = 'counter-totals'", [state]);
  const sums = async () => {
    const { rows } = await database.pool.query(
      `select (select coalesce(sum(events), 0) from tidemark_read.counter_totals)::integer as paused,
              (select sum(effects) from tidemark_read.counter_effects)::integer as running`,
    );
    return rows[0] as { paused: number; running: number };
  };
  await switchTo("paused");
  // Whatever was under way has ended when nothing moves over more than one look of the worker.
  let still = await sums();
  let since = performance.now();
  await eventually(async () => {
    await appendRaw(database.pool, [counted()]);
    const now = await sums();
    if (now.paused !== still.paused) since = performance.now();
    still = now;
    return performance.now() - since > 700;
  });
  await eventually(async () => (await sums()).running > still.running);
  expect((await sums()).paused).toBe(still.paused);
  await switchTo("running");
  await eventually(async () => (await sums()).paused > still.paused, { deadlineMs: 1_500 });
  await caughtUp(database.pool);
});
