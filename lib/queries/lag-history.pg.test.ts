import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { lagHistory, lagRanges } from "@/lib/queries/lag-history";
import type { QueryContext } from "@/lib/queries/query-context";
import { rollUpLag } from "@/lib/subscriptions/roll-up-lag";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
let context: QueryContext;
beforeAll(async () => {
  database = await createTestDatabase();
  const store = createEventStore({ pool: database.pool });
  context = { reads: createReadDatabase(database.pool), catalog: createCatalog([]), store };
  await database.pool.query(
    `insert into consumers (name, kind, mode, style, version, partitions, types) values
       ('fast', 'projection', 'async', 'fold', 1, 1, '{Asked}'), ('paced', 'projection', 'async', 'fold', 1, 1, '{Asked}')`,
  );
});
afterAll(() => database.close());

/** Samples and batches of `paced`: a sample every ten seconds from `from` to `to` ago, each a batch of events. */
const sample = (from: string, to: string, behind: string, handled: number) =>
  database.pool.query(
    `with at as (select generate_series(now() - $1::interval, now() - $2::interval, interval '10 seconds') as at),
     batches as (
       insert into consumer_batches (consumer, generation, partition, epoch, from_position, to_position, events, read_at, committed_at, worker)
         select 'paced', 1, 0, 1, 0, 1, $3, at - interval '20 milliseconds', at, 'w' from at)
     insert into lag_samples (consumer, at, age_ms, events, checkpoint, high_water)
       select 'paced', at, 100 * (${behind}), ${behind}, 1, 1 from at`,
    [from, to, handled],
  );

test("a lag chart has at most 300 points and keeps its gaps", async () => {
  await database.pool.query(
    `insert into lag_samples (consumer, at, age_ms, events, checkpoint, high_water)
       values ('fast', now() - interval '10 minutes', 5000, 7, 1, 8), ('fast', now() - interval '2 minutes', null, null, 1, 8)`,
  );
  for (const summed of [false, true]) {
    if (summed) await rollUpLag(database.pool);
    for (const range of lagRanges) {
      const history = await lagHistory(context, "fast", range);
      expect(history.points.length).toBeLessThanOrEqual(300);
      expect(history.points.filter(({ ageMs }) => ageMs !== null)).toHaveLength(1);
      expect(history.worstMs).toBe(5_000);
    }
  }
  await expect(lagHistory(context, "nobody", "1h")).rejects.toMatchObject({ code: "not-found" });
  await database.owner.query("truncate tidemark.lag_history, tidemark.lag_samples");
});

test("seconds are summed up once, into minutes and hours that outlive them; a stretch without a sample stays a gap", async () => {
  await sample("6 hours", "4 hours", "3", 2);
  await sample("2 hours", "0 seconds", "extract(epoch from now() - at)::integer / 600", 5);
  await rollUpLag(database.pool);
  const summed = async () =>
    (await database.pool.query("select * from lag_history order by consumer, seconds, at")).rows;
  const first = await summed();
  await Promise.all([rollUpLag(database.pool), rollUpLag(database.pool)]);
  expect((await summed()).slice(0, first.length)).toHaveLength(first.length);
  const { rows } = await database.pool.query<{ seconds: number; n: number; handled: number }>(
    "select seconds, count(*)::integer as n, sum(handled)::integer as handled from lag_history group by 1 order by 1",
  );
  const [minutes, hours] = rows;
  expect(minutes?.n).toBeGreaterThanOrEqual(238);
  expect(minutes?.n).toBeLessThanOrEqual(244);
  expect(hours?.n).toBeGreaterThanOrEqual(4);
  expect(hours?.handled).toBeLessThanOrEqual(minutes?.handled ?? 0);

  const before = await lagHistory(context, "paced", "24h");
  // As the housekeeping does with what is old.
  await database.pool.query("delete from lag_samples where at < (select max(at) from lag_history where seconds = 60)");
  const after = await lagHistory(context, "paced", "24h");
  expect(after.points).toEqual(before.points);
  const known = after.points.filter(({ ageMs }) => ageMs !== null);
  expect(known.length).toBeGreaterThan(40);
  expect(known.length).toBeLessThan(60);
  expect((await lagHistory(context, "paced", "7d")).worstMs).toBe(1_200);
});

test("throughput says what was handled, and what came in by how the number behind changed; marks say what was done", async () => {
  const { pace, marks } = await lagHistory(context, "paced", "6h");
  const steady = pace.filter(({ in: came, out }) => came !== null && out !== null);
  expect(steady.length).toBeGreaterThan(100);
  // Six batches of five events a minute, while the number behind falls by one in ten minutes.
  expect(steady.at(-2)?.out).toBeCloseTo(0.5, 5);
  const recent = steady.slice(-40).reduce((sum, { in: came }) => sum + (came ?? 0), 0) / 40;
  expect(recent).toBeLessThan(0.5);
  expect(recent).toBeGreaterThan(0.48);
  // Of the first stretch, and of the first after a gap, nobody knows how many were behind before it.
  expect(pace.filter(({ in: came, out }) => came === null && out !== null).length).toBeGreaterThanOrEqual(1);
  expect(pace.some(({ out }) => out === null)).toBe(true);
  expect(marks).toEqual([]);
  // Every batch took 20 ms: so did those of each minute, and those of each hour, which are counted anew from its batches.
  const { working } = await lagHistory(context, "paced", "6h");
  expect(working.map(({ at }) => at)).toEqual(pace.map(({ at }) => at));
  expect(working.filter(({ p99 }) => p99 !== null)).toHaveLength(pace.filter(({ out }) => out !== null).length);
  const hours = (await lagHistory(context, "paced", "7d")).working.filter(({ p50 }) => p50 !== null);
  expect(hours.length).toBeGreaterThanOrEqual(4);
  for (const { p50, p95, p99 } of hours) {
    for (const ms of [p50, p95, p99]) expect(ms).toBeCloseTo(20, 6);
  }

  await database.pool.query(
    `insert into workers (id, host, pid, build) values ('a', 'h', 1, 'v7'), ('b', 'h', 2, 'v7'), ('c', 'h', 3, 'unnamed')`,
  );
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into runs (kind, subject, input, phases, unit, requested_by) values ('rebuild', 'paced', '{}', '{replay}', 'events', 'me') returning id::text as id`,
  );
  expect((await lagHistory(context, "paced", "15m")).marks).toMatchObject([
    { kind: "deploy", label: "build v7", run: null },
    { kind: "rebuild", run: rows[0]?.id },
  ]);
});

test("a time of its own is shown as finely as it was kept, ends now at the latest, and is refused when it is none", async () => {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  // What the test before threw away was only ever the samples.
  await sample("95 minutes", "25 minutes", "2", 5);
  const hour = await lagHistory(context, "paced", { from: ago(90), to: ago(30) });
  expect([hour.range, hour.bucketSeconds, hour.points.length]).toEqual([null, 12, 300]);
  expect(Date.parse(hour.to) - Date.parse(hour.from)).toBeLessThanOrEqual(3_601_000);
  expect(hour.points.every(({ at }) => at < hour.to)).toBe(true);
  expect(hour.pace.every(({ at }) => at < hour.to)).toBe(true);
  // A sample in ten seconds leaves none of these buckets empty.
  expect(hour.points.filter(({ ageMs }) => ageMs === 200)).toHaveLength(300);
  // What was done just now is not in it.
  expect(hour.marks).toEqual([]);
  const ahead = await lagHistory(context, "paced", { from: ago(10), to: ago(-600) });
  expect(Date.parse(ahead.to)).toBeLessThanOrEqual(Date.now() + 1_000);
  // Samples of a second are thrown away after a day, minutes after three.
  expect((await lagHistory(context, "paced", { from: ago(1_500), to: ago(1_490) })).bucketSeconds).toBe(60);
  expect((await lagHistory(context, "paced", { from: ago(6_000), to: ago(5_000) })).bucketSeconds).toBe(3_600);
  for (const [from, to] of [
    [ago(1), ago(2)],
    [ago(-5), ago(-6)],
    ["yesterday", ago(0)],
    [ago(50_000), ago(0)],
  ] as const) {
    await expect(lagHistory(context, "paced", { from, to })).rejects.toMatchObject({ code: "invalid-request" });
  }
});
