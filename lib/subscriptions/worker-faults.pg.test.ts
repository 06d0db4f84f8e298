import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { registerProjections } from "@/lib/projections/register-projections";
import type { FailurePolicy } from "@/lib/subscriptions/failure-policy";
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

function start(id: string, policy: Partial<FailurePolicy> = {}): TestWorker {
  const worker = startWorker(database, id, counters.projections, policy);
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

test("a worker follows a checkpoint that the database takes back, as after a crash, though nothing is appended any more", async () => {
  await appendRaw(database.pool, [counted(), counted()]);
  start("left-behind");
  await caughtUp(database.pool);
  const tables = ["consumer_partitions", "consumer_batches", "tidemark_read.counter_totals_g1"];
  for (const table of tables)
    await database.owner.query(`create table saved_${tables.indexOf(table)} as table ${table}`);
  await appendRaw(database.pool, [counted("lost"), counted("lost too")]);
  await caughtUp(database.pool);
  // What recovery does with commits that were not on disk; the partition itself is asked nothing and told nothing.
  await database.owner.query(`
    begin;
    delete from tidemark_read.counter_totals_g1; insert into tidemark_read.counter_totals_g1 table saved_2;
    delete from consumer_batches b where consumer = 'counter-totals' and not exists (select from saved_1 s where s.id = b.id);
    update consumer_partitions p set checkpoint = s.checkpoint from saved_0 s
     where p.consumer = 'counter-totals' and s.consumer = p.consumer and s.partition = p.partition;
    commit`);
  await caughtUp(database.pool, 10_000);
  await expectRight();
}, 30_000);

test("under the policy `stop` nothing passes a poison event: its partition stands and names it; cured, it is applied", async () => {
  start("careful", { onFailure: "stop" });
  poison.add("worse");
  const stream = "counter-poisoned";
  const [, position] = await appendRaw(database.pool, [counted(null, stream), counted("worse", stream)]);
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
      // A payload's value is not written where it outlives the right to read it.
      message: "cannot count ‹value›",
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

  poison.delete("worse");
  await database.pool.query("update consumer_partitions set next_attempt_at = null where error is not null");
  await caughtUp(database.pool);
  const { rows } = await database.pool.query(
    `select (select count(*) from consumer_partitions where error is not null or attempts > 0) as faults,
            (select count(*) from dead_letters) as letters`,
  );
  expect(rows[0]).toEqual({ faults: 0n, letters: 0n });
  await expectRight();
});

test("an event of a handled type in an unknown version is set aside, never guessed", async () => {
  start("strict", { attempts: 1 });
  const [position] = await appendRaw(database.pool, [{ ...counted(null, "counter-future"), schemaVersion: 9 }]);
  const letters = await eventually(async () => {
    const { rows } = await database.pool.query("select error, state from dead_letters where position = $1", [position]);
    return rows.length === 3 ? rows : undefined;
  });
  for (const { error, state } of letters) {
    expect(JSON.parse(error).message).toContain("schema version 9");
    expect(state).toBe("parked");
  }
  await database.pool.query("update dead_letters set wanted = 'skip'");
  await eventually(async () => {
    const { rows } = await database.pool.query("select 1 from dead_letters where closed_at is null");
    return rows.length === 0;
  });
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
  await eventually(async () => (await sums()).paused > still.paused, { what: "the paused one to go on" });
  await caughtUp(database.pool);
});
