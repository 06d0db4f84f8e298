import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { type EventFilter, listEvents } from "@/lib/queries/list-events";
import { listStreams } from "@/lib/queries/list-streams";
import { positionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";
import { streamEvents } from "@/lib/queries/stream-events";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

type Stored = {
  readonly position: bigint;
  readonly type: string;
  readonly stream: string;
  readonly category: string;
  readonly correlation: string;
  readonly actor: string;
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
    });
    if (n === 279) await database.pool.query("select * from advance_high_water('test')");
  }
  const { rows } = await database.pool.query(
    `select position, type, stream, category, correlation_id as correlation, actor, (data #>> '{at,n}')::int as n,
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
  (filter.correlation === undefined || event.correlation === filter.correlation) &&
  (filter.actor === undefined || event.actor === filter.actor) &&
  (filter.data === undefined || String(event.n) === filter.data["at.n"]) &&
  (filter.from === undefined || event.recordedAt >= filter.from) &&
  (filter.to === undefined || event.recordedAt < filter.to);

/** Goes through all pages and answers the positions in the order in which they came. */
async function walk(filter: EventFilter, limit: number, start: { after?: string }): Promise<bigint[]> {
  const positions: bigint[] = [];
  let cursor: { after?: string; before?: string } = start;
  for (;;) {
    const page = await listEvents(context, { ...filter, ...cursor, limit });
    expect(page.events.length).toBeLessThanOrEqual(limit);
    positions.push(...page.events.map(({ position }) => BigInt(position)));
    if (page.next === null) return positions;
    cursor = start.after === undefined ? { before: page.next } : { after: page.next };
  }
}

test("any filter, any page size, both directions: the pages are exactly the log up to the mark", async () => {
  await fc.assert(
    fc.asyncProperty(filters, fc.integer({ min: 3, max: 60 }), fc.boolean(), async (filter, limit, forwards) => {
      const expected = log.filter((event) => fits(event, filter)).map(({ position }) => position);
      const found = await walk(filter, limit, forwards ? { after: "0" } : {});
      expect(found).toEqual(forwards ? expected : expected.reverse());
    }),
    { numRuns: 120 },
  );
}, 60_000);

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
