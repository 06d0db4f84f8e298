import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { listEvents } from "@/lib/queries/list-events";
import { listStreams } from "@/lib/queries/list-streams";
import type { QueryContext } from "@/lib/queries/query-context";
import { budgetOf, searchInSteps, usualBudget } from "@/lib/queries/search-in-steps";
import { eventsOnward, streamsOnward } from "@/lib/queries/search-onward";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
let context: QueryContext;
let readPool: ReturnType<typeof openPool>;

beforeAll(async () => {
  database = await createTestDatabase();
  const store = createEventStore({ pool: database.pool });
  readPool = openPool({ url: database.url, applicationName: "reads", readOnly: true, max: 2 });
  context = { reads: createReadDatabase(readPool), catalog: createCatalog([]), store };
  for (let n = 0; n < 60; n++) {
    await store.append({
      writes: [
        {
          stream: `order-${n % 12}`,
          expectedVersion: "any",
          events: [{ type: "Counted", schemaVersion: 1, data: JSON.stringify({ n: n % 4 }) }],
        },
      ],
      actor: n % 3 === 0 ? "mail" : "web",
    });
  }
  await database.pool.query("select * from advance_high_water('test')");
});

afterAll(async () => {
  await readPool.end();
  await database.close();
});

test("what a page goes on to find by itself and its first answer are together one answer", async () => {
  const short = { ms: 0, steps: [10] } as const;
  for (const request of [
    { actor: "mail", limit: 8 },
    { actor: "mail", limit: 8, after: "0" },
    { actor: "mail", limit: 50 },
    { actor: "nobody", limit: 8 },
  ]) {
    const first = await listEvents(context, request, short);
    expect(first.scan).toMatchObject({ scanned: 10 });
    const whole = await listEvents(context, request, budgetOf(2_000));
    expect(await eventsOnward(context, request, first, 2_000)).toEqual(whole);
    expect(eventsOnward(context, request, whole, 2_000)).toBeUndefined();
  }
  for (const sort of ["name", "activity"] as const) {
    const request = { contains: "r-1", sort, limit: 8 };
    const first = await listStreams(context, request, { ms: 0, steps: [2] });
    expect(first.scan).toEqual({ scanned: 2 });
    const whole = await listStreams(context, request, budgetOf(2_000));
    expect(whole.streams).toHaveLength(3);
    expect(await streamsOnward(context, request, first, 2_000)).toEqual(whole);
  }
});

test("a search that cannot go on leaves its first answer as it is: it says how far it came", async () => {
  const first = await listEvents(context, { actor: "mail" }, { ms: 0, steps: [10] });
  const broken: QueryContext = { ...context, reads: { query: () => Promise.reject(new Error("The server is gone.")) } };
  expect(await eventsOnward(broken, { actor: "mail" }, first, 2_000)).toEqual(first);
});

test("the first answer of a search looks at so many rows and no more, however fast they are", async () => {
  let looked = 0;
  const { stop } = await searchInSteps(usualBudget, 50, (rows) => {
    looked += rows;
    return Promise.resolve({ found: [], end: looked });
  });
  expect(stop).toEqual({ end: usualBudget.rows, scanned: usualBudget.rows });
});
