import { afterAll, beforeAll, expect, test } from "vitest";
import { createEventStore } from "@/lib/event-store/store";
import { countOn } from "@/lib/subscriptions/count-versions";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const counted = async () => {
  const { rows } = await database.pool.query(
    "select type, schema_version, events::int as events, first_position::int as first, last_position::int as last from event_versions order by 1, 2",
  );
  return rows;
};

test("each event at or below the mark is counted once, however many count at once and wherever they stop", async () => {
  const store = createEventStore({ pool: database.pool });
  for (let n = 0; n < 30; n++) {
    const event = { type: n % 3 === 0 ? "A" : "B", schemaVersion: n % 2 === 0 ? 1 : 2, data: "{}" };
    await store.append({ writes: [{ stream: `s-${n}`, expectedVersion: "none", events: [event] }] });
  }
  expect(await countOn(database.pool)).toBe(false);
  expect(await counted()).toEqual([]); // Nothing is readable before the mark has moved.

  await database.owner.query("update high_water set position = 20");
  for (let round = 0; round < 5; round++) await Promise.all([1, 2, 3, 4].map(() => countOn(database.pool, 3)));
  await database.owner.query("update high_water set position = 30");
  await Promise.all([1, 2, 3].map(() => countOn(database.pool)));

  const { rows } = await database.owner.query(
    "select type, schema_version, count(*)::int as events, min(position)::int as first, max(position)::int as last from events group by 1, 2 order by 1, 2",
  );
  expect(await counted()).toEqual(rows);
  expect(rows).toHaveLength(4);
});
