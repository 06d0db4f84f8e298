import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { indexStreamNames } from "@/lib/db/name-index";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { eventHistogram } from "@/lib/queries/event-histogram";
import { type EventFilter, listEvents } from "@/lib/queries/list-events";
import { listStreams } from "@/lib/queries/list-streams";
import { positionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";
import type { ScanBudget } from "@/lib/queries/search-in-steps";
import { streamEvents } from "@/lib/queries/stream-events";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

type Stored = {
  readonly position: bigint;
  readonly type: string;
  readonly stream: string;
  readonly category: string;
  readonly correlation: string;
  readonly actor: string;
  readonly tenant: string | null;
  readonly n: number;
  readonly recordedAt: string;
};

let database: TestDatabase;
let context: QueryContext;
let store: EventStore;
let readPool: ReturnType<typeof openPool>;
let log: Stored[];
/** The mark stands below the last events: whatever is read must end there. */
let mark: bigint;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createEventStore({ pool: database.pool });
  readPool = openPool({
    url: database.url,
    applicationName: "reads",
    readOnly: true,
    statementTimeoutMs: 5_000,
    max: 2,
  });
  context = { reads: createReadDatabase(readPool), catalog: createCatalog([]), store };
  for (let n = 0; n < 300; n++) {
    await store.append({
      writes: [
        {
          stream: `${["red", "blue", "green"][n % 3]}-${n % 7}`,
          expectedVersion: "any",
          events: [
            {
              type: ["A", "B", "C", "D"][(n * 7) % 4] ?? "A",
              schemaVersion: 1,
              data: JSON.stringify({ at: { n: n % 5 } }),
            },
          ],
        },
      ],
      correlationId: `c-${n % 11}`,
      actor: n % 50 === 0 ? "rare" : "usual",
      tenant: [null, "north", "south"][n % 3] ?? null,
    });
    if (n === 279) await database.pool.query("select * from advance_high_water('test')");
  }
  const { rows } = await database.pool.query(
    `select position, type, stream, category, correlation_id as correlation, actor, tenant, (data #>> '{at,n}')::int as n,
            recorded_at as "recordedAt" from events order by position`,
  );
  log = rows as Stored[];
  mark = (await store.highWater()).position;
  expect(log.filter(({ position }) => position > mark)).toHaveLength(20);
});

afterAll(async () => {
  await readPool.end();
  await database.close();
});

const filters: fc.Arbitrary<EventFilter> = fc.record(
  {
    type: fc.constantFrom("A", "B", "C", "Z"),
    category: fc.constantFrom("red", "blue", "grey"),
    stream: fc.constantFrom("red-0", "blue-1", "green-6", "red-9"),
    streamPart: fc.constantFrom("ed-", "e-6", "nowhere"),
    tenant: fc.constantFrom("north", "south", "west"),
    correlation: fc.constantFrom("c-0", "c-10", "c-99"),
    actor: fc.constantFrom("rare", "usual"),
    data: fc.record({ "at.n": fc.constantFrom("0", "4", "9") }),
  },
  { requiredKeys: [] },
);

const fits = (event: Stored, filter: EventFilter): boolean =>
  event.position <= mark &&
  (filter.type === undefined || event.type === filter.type) &&
  (filter.category === undefined || event.category === filter.category) &&
  (filter.stream === undefined || event.stream === filter.stream) &&
  (filter.streamPart === undefined || event.stream.includes(filter.streamPart)) &&
  (filter.tenant === undefined || event.tenant === filter.tenant) &&
  (filter.correlation === undefined || event.correlation === filter.correlation) &&
  (filter.actor === undefined || event.actor === filter.actor) &&
  (filter.data === undefined || String(event.n) === filter.data["at.n"]) &&
  (filter.from === undefined || event.recordedAt >= filter.from) &&
  (filter.to === undefined || event.recordedAt < filter.to);

/** Goes through all pages and answers the positions in the order in which they came. */
async function walk(
  filter: EventFilter,
  limit: number,
  start: { after?: string },
  budget?: ScanBudget,
): Promise<bigint[]> {
  const positions: bigint[] = [];
  let cursor: { after?: string; before?: string } = start;
  for (;;) {
    const page = await listEvents(context, { ...filter, ...cursor, limit }, budget);
    expect(page.events.length).toBeLessThanOrEqual(limit);
    if (page.scan) expect(page.scan.covered).toBeLessThanOrEqual(page.scan.of);
    positions.push(...page.events.map(({ position }) => BigInt(position)));
    if (page.next === null) return positions;
    cursor = start.after === undefined ? { before: page.next } : { after: page.next };
  }
}

test("any filter, page size, direction and budget of a search: the pages are exactly the log up to the mark", async () => {
  const times = fc.integer({ min: 0, max: 279 }).map((nth) => log[nth]?.recordedAt ?? "");
  const timed = fc.record({ from: times, to: times }, { requiredKeys: [] });
  const steps = fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      ...([filters, timed, fc.integer({ min: 3, max: 60 }), fc.boolean(), steps] as const),
      async (conditions, time, limit, forwards, step) => {
        const filter = { ...conditions, ...time };
        const expected = log.filter((event) => fits(event, filter)).map(({ position }) => position);
        const budget = step === undefined ? undefined : { ms: 0, steps: [step] as const };
        const found = await walk(filter, limit, forwards ? { after: "0" } : {}, budget);
        expect(found).toEqual(forwards ? expected : expected.reverse());
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

test("a search whose budget ends says how far it came, and a page that begins at a time begins there exactly", async () => {
  const budget = { ms: 0, steps: [10] } as const;
  const page = await listEvents(context, { actor: "nobody", limit: 5 }, budget);
  expect(page).toMatchObject({ events: [], next: page.scan?.stoppedAt, scan: { scanned: 10, covered: 10 } });
  expect(page.scan?.of).toBeGreaterThanOrEqual(280);
  for (const nth of [0, 1, 137, 279]) {
    const event = log[nth];
    const { events, at } = await listEvents(context, { at: event?.recordedAt, limit: 2 });
    expect(at).toBe(String(event?.position));
    expect(events.map(({ position }) => BigInt(position))).toEqual(
      log
        .slice(Math.max(0, nth - 1), nth + 1)
        .reverse()
        .map(({ position }) => position),
    );
  }
  expect((await listEvents(context, { at: "2999-01-01T00:00:00Z", limit: 1 })).events[0]?.position).toBe(String(mark));
  expect((await listEvents(context, { at: "2001-01-01T00:00:00Z", limit: 9 })).events).toHaveLength(1);
});

test("a histogram counts small buckets exactly and says where it estimates", async () => {
  const [from, to] = [log[0]?.recordedAt ?? "", new Date(Date.parse(log[279]?.recordedAt ?? "") + 5).toISOString()];
  const below = log.filter(({ position }) => position <= mark);
  const sum = async (request: object) => {
    const { buckets, complete } = await eventHistogram(context, { from, to, buckets: 7, ...request });
    return [buckets.reduce((all, { events }) => all + events, 0), complete];
  };
  const tenant = below.filter((event) => event.tenant === "north").length;
  const type = below.filter((event) => event.type === "B").length;
  // The edges are cut to the millisecond, so the first bucket begins at or before the first event.
  expect(await sum({ tenant: "north" })).toEqual([tenant, true]);
  expect(await sum({ type: "B" })).toEqual([type, true]);
  expect(await sum({ category: "nothing" })).toEqual([0, true]);
  const one = await eventHistogram(context, { from, to, buckets: 1, tenant: "north" });
  expect(one.complete).toBe(true);
});

test("a stretch of time is found by search in the log, and its ends are exact to the microsecond", async () => {
  for (const [first, last] of [
    [40, 41],
    [0, 279],
    [100, 250],
  ] as const) {
    const filter = { from: log[first]?.recordedAt ?? "", to: log[last]?.recordedAt ?? "" };
    const expected = log.filter((event) => fits(event, filter)).map(({ position }) => position);
    expect(await walk({ ...filter, type: "B" }, 50, { after: "0" })).toEqual(
      log.filter((event) => fits(event, { ...filter, type: "B" })).map(({ position }) => position),
    );
    expect(await walk(filter, 50, { after: "0" })).toEqual(expected);
  }
  expect(await positionsAt(context.reads, ["2001-01-01", "2999-01-01"])).toEqual([log[0]?.position, mark + 1n]);
});

test("streams are listed by name within a prefix and a category, and each once by its last event", async () => {
  const names = [...new Set(log.map(({ stream }) => stream))].sort();
  const walkStreams = async (request: Parameters<typeof listStreams>[1]) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listStreams(context, { ...request, cursor, limit: 4 });
      found.push(...page.streams.map(({ stream }) => stream));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return found;
  };
  expect(await walkStreams({})).toEqual(names);
  expect(await walkStreams({ prefix: "blue-" })).toEqual(names.filter((name) => name.startsWith("blue-")));
  expect(await walkStreams({ category: "red", contains: "3" })).toEqual(["red-3"]);
  expect(await walkStreams({ category: "red", prefix: "blue" })).toEqual([]);
  const below = log.filter(({ position }) => position <= mark).reverse();
  const byLast = [...new Set(below.map(({ stream }) => stream))];
  expect(await walkStreams({ sort: "activity" })).toEqual(byLast);
  expect(await walkStreams({ sort: "activity", category: "green" })).toEqual(
    byLast.filter((name) => name.startsWith("green")),
  );
});

test("parts of stream names are found alike with trigrams and without, whatever the order, page and budget", async () => {
  const names = [...new Set(log.filter(({ position }) => position <= mark).map(({ stream }) => stream))].sort();
  const byLast = [
    ...new Set(
      log
        .filter(({ position }) => position <= mark)
        .reverse()
        .map(({ stream }) => stream),
    ),
  ];
  const find = async (request: Parameters<typeof listStreams>[1], budget?: ScanBudget) => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listStreams(context, { ...request, cursor, limit: 3 }, budget);
      found.push(...page.streams.map(({ stream }) => stream));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return found;
  };
  const all = async (budget?: ScanBudget) => {
    expect(await find({ contains: "ue-" }, budget)).toEqual(names.filter((name) => name.includes("ue-")));
    expect(await find({ contains: "lue", prefix: "bl", category: "blue" }, budget)).toHaveLength(7);
    expect(await find({ contains: "reen", sort: "activity" }, budget)).toEqual(
      byLast.filter((name) => name.includes("reen")),
    );
    expect(await find({ contains: "_%" }, budget)).toEqual([]);
    expect(await find({ contains: "e_-" }, budget)).toEqual([]);
  };
  await all();
  await all({ ms: 0, steps: [2] });
  const searched = await listStreams(context, { contains: "nowhere", limit: 5 }, { ms: 0, steps: [4] });
  expect(searched).toMatchObject({ streams: [], scan: { scanned: 4 }, next: names[3] });
  // Made twice is made once; what is asked for is then known at once, whatever the budget.
  for (let n = 0; n < 2; n++) expect(await indexStreamNames({ url: database.url, schema: "tidemark" })).toBe(true);
  await all();
  const known = await listStreams(context, { contains: "nowhere", limit: 5 }, { ms: 0, steps: [4] });
  expect(known).toMatchObject({ streams: [], scan: null, next: null });
});

test("a page ends before it grows beyond what one answer may hold, and the next one goes on there", async () => {
  const data = JSON.stringify("x".repeat(1_000_000));
  const events = Array.from({ length: 4 }, () => ({ type: "Large", schemaVersion: 1, data }));
  for (let n = 0; n < 3; n++) await store.append({ writes: [{ stream: "large-1", expectedVersion: "any", events }] });
  const first = await streamEvents(context, "large-1", { limit: 100 });
  expect(first.events.length).toBeLessThan(12);
  expect(first.next).toBe(first.events.length + 1);
  const rest = await streamEvents(context, "large-1", { from: first.next ?? 0, limit: 100 });
  expect(first.events.length + rest.events.length).toBe(12);
  expect(rest.next).toBeNull();
});
