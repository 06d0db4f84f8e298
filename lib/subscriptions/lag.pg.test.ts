import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createReadDatabase } from "@/lib/db/read-database";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw, type RawEvent } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { counterCatalog, counters } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";
import { lagOf } from "./lag";

let database: TestDatabase;
let worker: TestWorker | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, counters.projections, counterCatalog);
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});
afterAll(() => database.close());

const lag = async (consumer: string) => (await lagOf(createReadDatabase(database.pool))).get(consumer);
const counted = (count: number): RawEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    stream: `counter-${index}`,
    type: "Counted",
    data: { by: 1, bucket: "b", note: null },
  }));

test("before any worker has run, lag is unknown and says so", async () => {
  expect(await lag("counter-totals")).toEqual({ known: false, since: null, reason: "never-started" });
});

test("lag is nothing when all is applied, and an inline consumer is never behind", async () => {
  worker = startWorker(database, "diligent");
  await appendRaw(database.pool, counted(300));
  await caughtUp(database.pool);
  expect(await lag("counter-totals")).toEqual({ known: true, ageMs: 0, events: 0, more: false });
  expect(await lag("counter-now")).toEqual({ known: true, ageMs: 0, events: 0, more: false });
});

test("a paused consumer's lag is counted from the log, by its types and slices, and grows older", async () => {
  worker = startWorker(database, "resting");
  await caughtUp(database.pool);
  await database.pool.query("update consumers set state = 'paused' where name = 'counter-totals'");
  await eventually(async () => {
    // Until the pause is seen, events are still applied.
    await appendRaw(database.pool, counted(20));
    const now = await lag("counter-totals");
    return now?.known === true && now.events > 100;
  });
  const { rows } = await database.pool.query(
    `select count(*)::integer as events from events e join consumer_partitions p
        on p.consumer = 'counter-totals' and e.slice >= p.slice_from and e.slice < p.slice_to and e.position > p.checkpoint`,
  );
  const first = await lag("counter-totals");
  expect(first).toMatchObject({ known: true, events: rows[0].events, more: false });
  await eventually(async () => {
    const now = await lag("counter-totals");
    return first?.known === true && now?.known === true && now.ageMs > first.ageMs + 200;
  });
  // Types that the consumer does not handle are not its lag.
  await appendRaw(database.pool, [{ stream: "other-1", type: "Unheard", data: {} }]);
  expect(await lag("counter-totals")).toMatchObject({ known: true, events: rows[0].events });
  const bounded = await lagOf(createReadDatabase(database.pool), { consumers: ["counter-totals"], countMax: 10 });
  expect([...bounded.values()]).toMatchObject([{ known: true, events: 10, more: true }]);
  await database.pool.query("update consumers set state = 'running' where name = 'counter-totals'");
  await caughtUp(database.pool);
});

test("events above a mark that is held back are counted", async () => {
  worker = startWorker(database, "waiting");
  await caughtUp(database.pool);
  const holder = await database.owner.connect();
  try {
    await holder.query("begin");
    await appendRaw(holder, [{ stream: "other-2", type: "Unheard", data: {} }]);
    await appendRaw(database.pool, counted(7));
    await eventually(async () => {
      const now = await lag("counter-totals");
      return now?.known === true && now.events === 7 && now.ageMs > 300;
    });
  } finally {
    await holder.query("rollback");
    holder.release();
  }
  await eventually(async () => {
    const now = await lag("counter-totals");
    return now?.known === true && now.events === 0;
  });
});

test("when every worker is gone, lag becomes unknown with since when, and is never zero again", async () => {
  await eventually(
    async () => {
      const now = await lag("counter-totals");
      return now?.known === false && now.reason !== "never-started" && now.since !== null;
    },
    { deadlineMs: 8_000 },
  );
  await appendRaw(database.pool, counted(3));
  expect(await lag("counter-totals")).toMatchObject({ known: false });
  const { rows } = await database.pool.query(
    `select count(*)::integer as wrong from lag_samples s, (select max(stopped_at) as at from workers) gone
      where s.at > gone.at + interval '3 seconds' and s.age_ms is not null and s.consumer <> 'counter-now'`,
  );
  expect(rows[0].wrong).toBe(0);
});

test("lag is sampled once a second and consumer", async () => {
  worker = startWorker(database, "sampler");
  await caughtUp(database.pool);
  await eventually(async () => {
    const { rows } = await database.pool.query(
      "select consumer, count(*)::integer as samples from lag_samples where at > clock_timestamp() - interval '4 seconds' group by 1",
    );
    return rows.length === 4 && rows.every(({ samples }) => samples >= 2 && samples <= 5);
  });
});
