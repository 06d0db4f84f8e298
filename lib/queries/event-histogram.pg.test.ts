import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase, type ReadDatabase } from "@/lib/db/read-database";
import { eventHistogram } from "@/lib/queries/event-histogram";
import { positionsAt } from "@/lib/queries/position-at";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

/** Four stretches of a log that could not be less even: one event an hour, an import in one instant, a burst, a long silence. */
const EVENTS = 6_000;
const MARK_AT = 5_900;
const secondOf = (n: number): number => {
  if (n <= 1_000) return n * 3_600;
  if (n <= 4_000) return 3_600_000;
  if (n <= 5_000) return 3_600_000 + (n - 4_000) / 1_000;
  return 3_600_001 + (n - 5_000) ** 2 * 100;
};
/** Positions have gaps: every seventh was burnt. */
const positionOf = (n: number) => n + Math.floor(n / 7);
const START = Date.parse("2026-01-01T00:00:00Z");
const timeOf = (n: number) => new Date(START + Math.round(secondOf(n) * 1_000)).toISOString();

let database: TestDatabase;
let readPool: ReturnType<typeof openPool>;
let reads: ReadDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  readPool = openPool({ url: database.url, applicationName: "reads", readOnly: true, max: 2 });
  reads = createReadDatabase(readPool);
  const numbers = Array.from({ length: EVENTS }, (_, index) => index + 1);
  await database.owner.query(
    `insert into events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                         correlation_id, actor, leaf, data)
     select e.position, e.position, e.at, e.at, 1, 0, gen_random_uuid(), 'log-1', 'log', e.type, 'c', 'test', sha256('leaf'), '{}'
       from unnest($1::bigint[], $2::timestamptz[], $3::text[]) as e(position, at, type)`,
    [
      numbers.map(positionOf),
      numbers.map(timeOf),
      numbers.map((n) => (n % 100 === 0 ? "Rare" : n % 2 ? "Odd" : "Even")),
    ],
  );
  await database.owner.query("update high_water set position = $1", [positionOf(MARK_AT)]);
});

afterAll(async () => {
  await readPool.end();
  await database.close();
});

/** Before, in and after each stretch; at an event, a millisecond beside it, and in the last silence. */
function timesOfAllKinds(): string[] {
  const beside = [1, 2, 500, 999, 1_000, 1_001, 2_500, 4_000, 4_001, 4_700, 5_000, 5_001, 5_450, MARK_AT - 1, MARK_AT];
  const times = beside.flatMap((n) => [-1, 0, 1].map((ms) => Date.parse(timeOf(n)) + ms));
  const [first, last] = [Date.parse(timeOf(1)), Date.parse(timeOf(EVENTS))];
  const even = Array.from({ length: 60 }, (_, nth) => first - 1 + ((last - first) * nth) / 59);
  return [...times, ...even].map((ms) => new Date(Math.floor(ms)).toISOString());
}

test("the position at a time is the first one recorded then or later, in a log as uneven as can be", async () => {
  const times = timesOfAllKinds();
  const { rows } = await database.owner.query<{ position: bigint }>(
    `select coalesce((select min(position) from events where recorded_at >= t.at and position <= (select position from high_water)),
                     (select position + 1 from high_water)) as position
       from unnest($1::timestamptz[]) with ordinality as t(at, nth) order by nth`,
    [times],
  );
  expect(await positionsAt(reads, times)).toEqual(rows.map(({ position }) => position));
});

test("no time takes more looks than halving the log does and four", async () => {
  const plans: unknown[] = [];
  const explained: ReadDatabase = {
    query: async (sql, values) => {
      plans.push(await reads.query(`explain (analyze, timing off, format json) ${sql}`, values));
      return [];
    },
  };
  await positionsAt(explained, timesOfAllKinds());
  const [, looks] = /WorkTable Scan.*?Actual Loops\D*(\d+)/s.exec(JSON.stringify(plans)) ?? [];
  expect(Number(looks)).toBeGreaterThan(0);
  // The one more is the step that finds nothing left to look for.
  expect(Number(looks)).toBeLessThanOrEqual(Math.ceil(Math.log2(positionOf(EVENTS))) + 4 + 1);
});

test("a bucket of many is an estimate that says so, one of few is counted, and nothing counts beyond the mark", async () => {
  const context = { reads, catalog: createCatalog([]) };
  const hours = { from: timeOf(1), to: timeOf(1_001), buckets: 2 };
  const odd = await eventHistogram(context, { ...hours, type: "Odd" });
  expect(odd.complete).toBe(false);
  for (const { events, exact } of odd.buckets) {
    expect(exact).toBe(false);
    expect(Math.abs(events - 250)).toBeLessThan(20);
  }
  const rare = await eventHistogram(context, { ...hours, type: "Rare" });
  expect(rare).toMatchObject({ complete: true, buckets: [{ events: 5 }, { events: 4 }] });
  const beyond = { from: timeOf(MARK_AT - 9), to: new Date(Date.parse(timeOf(EVENTS)) + 1).toISOString(), buckets: 1 };
  expect(await eventHistogram(context, { ...beyond, type: "Odd" })).toMatchObject({
    complete: true,
    buckets: [{ events: 5 }],
  });
  const silent = await eventHistogram(context, {
    from: "2020-01-01T00:00:00Z",
    to: "2021-01-01T00:00:00Z",
    type: "Odd",
    buckets: 3,
  });
  expect(silent.buckets.map(({ events, exact }) => [events, exact])).toEqual([
    [0, true],
    [0, true],
    [0, true],
  ]);
});
