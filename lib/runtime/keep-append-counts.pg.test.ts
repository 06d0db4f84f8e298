import { afterAll, beforeAll, expect, test } from "vitest";
import { createEventStore } from "@/lib/event-store/store";
import { VersionConflict } from "@/lib/kernel/errors";
import { keepAppendCounts } from "@/lib/runtime/keep-append-counts";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

test("what the rule for conflicts reads is what this process's appends came to, with a stream that met one", async () => {
  const store = createEventStore({ pool: database.pool });
  const append = (expectedVersion: "none" | "any") =>
    store.append({
      writes: [{ stream: "order-1", expectedVersion, events: [{ type: "Placed", schemaVersion: 1, data: "{}" }] }],
    });
  await append("any");
  const stop = keepAppendCounts(database.pool, "p");
  await append("any");
  await append("any");
  await expect(append("none")).rejects.toThrow(VersionConflict);
  await stop();
  const { rows } = await database.pool.query("select writer, appends, conflicts, stream from append_counts");
  expect(rows).toEqual([{ writer: "p", appends: 2n, conflicts: 1n, stream: "order-1" }]);
});
