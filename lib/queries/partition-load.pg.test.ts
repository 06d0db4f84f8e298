import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { partitionLoads } from "@/lib/queries/partition-load";
import type { QueryContext } from "@/lib/queries/query-context";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
let context: QueryContext;

beforeAll(async () => {
  database = await createTestDatabase();
  const store = createEventStore({ pool: database.pool });
  context = { reads: createReadDatabase(database.pool), catalog: createCatalog([]), store };
  await database.pool.query(
    `insert into consumers (name, kind, mode, style, version, partitions, types) values ('two', 'projection', 'async', 'fold', 1, 2, '{Asked,Told}')`,
  );
  await database.pool.query(
    `insert into consumer_partitions (consumer, partition, slice_from, slice_to) values ('two', 0, 0, 512), ('two', 1, 512, 1024)`,
  );
  const events = (type: string, n: number) => Array.from({ length: n }, () => ({ type, schemaVersion: 1, data: "{}" }));
  const writes = [
    { stream: "talk-hot", expectedVersion: "any" as const, events: [...events("Asked", 40), ...events("Heard", 5)] },
    ...Array.from({ length: 30 }, (_, n) => ({
      ...{ stream: `talk-${n}`, expectedVersion: "any" as const },
      events: events(n % 2 === 0 ? "Asked" : "Told", 1),
    })),
  ];
  await store.append({ writes });
});
afterAll(() => database.close());

test("what waits in each partition is counted by its own slices and types, and the stream with the most of it is named", async () => {
  const { rows } = await database.pool.query<{ partition: number; behind: number; hot: boolean }>(
    `select slice / 512 as partition, count(*)::int as behind, bool_or(stream = 'talk-hot') as hot
       from events where type <> 'Heard' group by 1 order by 1`,
  );
  const loads = await partitionLoads(context, "two");
  expect(loads.map(({ partition, behind, more, hot }) => ({ partition, behind, more, hot }))).toEqual(
    rows.map(({ partition, behind, hot }) => ({
      ...{ partition, behind, more: false },
      hot: hot ? { stream: "talk-hot", share: 40 / behind } : null,
    })),
  );
  expect(loads.every(({ oldestMs }) => oldestMs > 0)).toBe(true);
  expect(loads.map(({ p95Ms }) => p95Ms)).toEqual([null, null]);
});

test("what is handled waits no longer, and how long batches took is told of each partition", async () => {
  const hot = (await partitionLoads(context, "two")).find((load) => load.hot)?.partition;
  await database.pool.query(
    "update consumer_partitions set checkpoint = (select max(position) from events) where partition = $1",
    [hot],
  );
  await database.pool.query(
    `insert into consumer_batches (consumer, generation, partition, epoch, from_position, to_position, events, read_at, committed_at, worker)
       select 'two', 1, $1, 1, n, n + 1, 1, now() - interval '84 milliseconds', now(), 'w' from generate_series(1, 20) n`,
    [hot],
  );
  const loads = await partitionLoads(context, "two");
  const done = loads.find(({ partition }) => partition === hot);
  expect(done).toMatchObject({ behind: 0, oldestMs: 0, hot: null });
  expect(done?.p95Ms).toBeCloseTo(84, 6);
  expect(loads.find(({ partition }) => partition !== hot)).toMatchObject({ hot: null, p95Ms: null });
});
