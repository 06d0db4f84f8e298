import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp, expectOneBatchPerEvent, watchCheckpoints } from "@/lib/testing/consumer-state";
import { bucketTotals, counterCatalog, counters, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { createRandom } from "@/lib/testing/proof/random";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";

let database: TestDatabase;
const workers = new Map<string, TestWorker>();
beforeAll(async () => {
  database = await createTestDatabase({ max: 20 });
  await registerProjections(database.pool, counters.projections, counterCatalog);
});
afterEach(async () => {
  await Promise.all([...workers.values()].map((worker) => worker.stop()));
  workers.clear();
});
afterAll(() => database.close());

let counter = 0;
const append = (count: number) =>
  appendRaw(
    database.owner,
    Array.from({ length: count }, () => {
      counter += 1;
      return {
        stream: `counter-${counter % 40}`,
        type: "Counted",
        data: { by: 1, bucket: `b${counter % 5}`, note: null },
      };
    }),
  );

const start = (id: string) => workers.set(id, startWorker(database, id));
async function stop(id: string): Promise<void> {
  await workers.get(id)?.stop();
  workers.delete(id);
}

async function expectRight(): Promise<void> {
  await caughtUp(database.owner);
  for (const projection of [counterTotals, bucketTotals]) {
    expect(await readModelOf(database.pool, projection)).toEqual(
      await foldLog(database.pool, counterCatalog, projection),
    );
  }
  await expectOneBatchPerEvent(database.pool);
}

/** Ends the connections of workers that are doing this just now. */
const cut = (doing: string) =>
  database.owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and application_name like 'tidemark%' and query ~ $1`,
    [doing],
  );

// What may befall a consumer, each at any moment: hints, pauses, lost leases, cut connections, new and leaving workers.
const EVENTS: Readonly<Record<string, (step: number) => Promise<unknown>>> = {
  "events come": (step) => append(1 + (step % 60)),
  "a hint comes for nothing": () => database.owner.query("select pg_notify('tidemark_high_water', '1')"),
  "a consumer is paused": () =>
    database.owner.query("update consumers set state = 'paused' where name = 'counter-totals'"),
  "it is resumed": () => database.owner.query("update consumers set state = 'running'"),
  "leases run out": () =>
    database.owner.query("update consumer_partitions set lease_expires_at = clock_timestamp() - interval '1 second'"),
  "another worker comes": async (step) => void start(`worker-${step % 3}`),
  "a worker leaves": (step) => stop(`worker-${step % 3}`),
  "commits are cut off": () => cut("consumer_partitions"),
  "the agent is cut off": () => cut("advance_high_water"),
  "the listener is cut off": () => cut("^listen"),
};

test("whatever befalls a consumer in whatever state, its checkpoint never passes what it has not applied and never goes back", async () => {
  const random = createRandom(41);
  const names = Object.keys(EVENTS);
  const watch = watchCheckpoints(database.pool);
  start("worker-0");
  for (let step = 0; step < 60; step++) {
    const name = step % 3 === 0 ? "events come" : random.pick(names);
    if (name === "another worker comes" && workers.has(`worker-${step % 3}`)) continue;
    await EVENTS[name]?.(step);
    // The property, at once and not only at the end: what is below a checkpoint is in the read model.
    const { rows } = await database.owner.query(
      `select p.partition, count(*) as missing from consumer_partitions p
         join events e on e.type = 'Counted' and e.slice >= p.slice_from and e.slice < p.slice_to and e.position <= p.checkpoint
         left join tidemark_read.counter_totals t on t.key = e.stream
        where p.consumer = 'counter-totals' and (t.position is null or t.position < e.position) group by 1`,
    );
    expect(rows, `after: ${name}`).toEqual([]);
  }
  await EVENTS["it is resumed"]?.(0);
  if (workers.size === 0) start("worker-last");
  await expectRight();
  expect(await watch.stop()).toEqual([]);
}, 60_000);

test("a worker that stops exactly when it has caught up, and one that starts there, miss nothing of what comes next", async () => {
  for (let round = 0; round < 5; round++) {
    start("at-the-end");
    await append(round === 0 ? 30 : 1);
    await caughtUp(database.owner);
    await stop("at-the-end");
    // The next event stands right after the checkpoint of everybody.
    await append(1);
  }
  start("at-the-end");
  await expectRight();
}, 60_000);

test("a worker whose connections are ended in the middle of a batch is fenced or goes on: each effect is there once", async () => {
  start("cut-1");
  start("cut-2");
  let ended = 0;
  await eventually(
    async () => {
      await append(40);
      ended += (await cut("counter_effects|with moved")).rowCount ?? 0;
      return ended > 15;
    },
    { deadlineMs: 40_000, everyMs: 5 },
  );
  await expectRight();
  const { rows } = await database.owner.query(
    `select e.stream from (select stream, count(*) as n from events where type = 'Counted' group by 1) e
       left join tidemark_read.counter_effects m using (stream) where m.effects is distinct from e.n`,
  );
  expect(rows).toEqual([]);
}, 60_000);

test("without a single hint consumers still catch up within their poll, and stop with work left to do", async () => {
  start("deaf");
  await eventually(async () => (await cut("^listen|select 1$")).rowCount !== 0);
  const silence = setInterval(() => void cut("^listen").catch(() => undefined), 20);
  await append(20);
  const appended = performance.now();
  await caughtUp(database.owner);
  expect(performance.now() - appended).toBeLessThan(5_000);
  clearInterval(silence);
  await append(1_000);
  const told = performance.now();
  await stop("deaf");
  expect(performance.now() - told).toBeLessThan(5_000);
  start("next");
  await expectRight();
}, 60_000);
