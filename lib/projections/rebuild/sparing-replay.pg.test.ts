import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import { defineEvents, defineFold, defineModule, defineUpcaster, type FoldProjection } from "@/lib/define";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw, type RawEvent } from "@/lib/testing/append-raw";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { beginRebuild } from "./begin-rebuild";
import { replayFold } from "./replay-fold";
import { retire } from "./retire-generation";

const events = defineEvents({
  Opened: [1, z.object({ by: z.string() })],
  Grown: [1, z.object({ by: z.int() })],
  Renamed: [2, z.object({ name: z.string() })],
});
const upcasters = [
  defineUpcaster({ type: "Renamed", from: 1, to: 2, up: ({ to }: { to: string }) => ({ name: to.toUpperCase() }) }),
];
/** More than a replay reads before it knows what is asked for, and so many more that it has left much out. */
const LOG = 20_000;
const LATE = 600;
const STREAMS = 30;

const shape = {
  version: 1,
  description: "",
  events,
  columns: { total: "bigint", name: "text", seen: "json" },
  key: ({ stream }: { stream: string }) => [stream, "all"],
  initial: () => ({ total: 0, name: "", seen: [] as unknown }),
} as const;
const Grown = <Row extends { total: number }>(row: Row): Row => ({ ...row, total: row.total + 1 });

/** Looks at no payload. */
const counts = defineFold({ ...shape, name: "counts", evolve: { Opened: Grown, Grown, Renamed: Grown } });
/** Looks at payloads and ids late in the log. */
const late = defineFold({
  ...shape,
  name: "late",
  evolve: {
    Opened: Grown,
    Grown: (row, event) => (event.version < LATE ? Grown(row) : { ...row, total: row.total + event.data.by }),
    Renamed: (row, event) => ({ ...Grown(row), name: event.data.name }),
  },
});
const lateIds = defineFold({
  ...shape,
  name: "late-ids",
  evolve: { Grown: (row, event) => (event.version < LATE ? row : { ...Grown(row), name: event.id }) },
});
/** Takes an error of its event for an answer. */
const catches = defineFold({
  ...shape,
  name: "catches",
  evolve: {
    Grown: (row, event) => {
      if (event.version < LATE) return Grown(row);
      try {
        return { ...row, total: row.total + event.data.by };
      } catch {
        return { ...row, name: "broken" };
      }
    },
  },
});
/** Asks for a person's hash, late. */
const hashes = defineFold({
  ...shape,
  name: "hashes",
  evolve: {
    Grown: (row, event) => (event.version < LATE ? row : { ...row, seen: [event.lookupHash("p", "v")] }),
  },
});
/** Breaks at one event, late, and has looked at nothing. */
const breaks = defineFold({
  ...shape,
  name: "breaks",
  evolve: {
    Grown: (row, { stream, version }) => {
      if (stream === "plant-7" && version === LATE) throw new RangeError("too large");
      return Grown(row);
    },
  },
});

const folds: readonly FoldProjection[] = [counts, late, lateIds, catches, hashes, breaks];
const catalog = createCatalog([
  defineModule({ name: "plants", description: "", events, upcasters, deciders: [], projections: folds }),
]);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, folds, catalog);
  const log = Array.from({ length: LOG }, (_, index): RawEvent => {
    const stream = `plant-${index % STREAMS}`;
    if (index < STREAMS) return { stream, type: "Opened", data: { by: "x".repeat(50) } };
    // In its old form first, so that its payload is needed before anybody asks.
    if (index % 97 === 0) return { stream, type: "Renamed", data: { to: `n${index}` }, schemaVersion: 1 };
    if (index % 89 === 0) return { stream, type: "Renamed", data: { name: `n${index}` }, schemaVersion: 2 };
    return { stream, type: "Grown", data: { by: index % 5 } };
  });
  for (let from = 0; from < LOG; from += 1_000) await appendRaw(database.pool, log.slice(from, from + 1_000));
  await database.pool.query("select * from advance_high_water('test')");
});
afterAll(() => database.close());

async function rebuilt(projection: FoldProjection, rowsMax: number): Promise<number> {
  const { pool } = database;
  const { generation } = await inTransaction(pool, (client) => beginRebuild(client, projection, catalog, "test"));
  await replayFold({ pool, projection, catalog, generation, rowsMax });
  return generation;
}

describe.each([1_000, 4])("with %i rows in memory, what a fold does not look at is left out", (rowsMax) => {
  test.each([counts, late, lateIds, catches, hashes])(
    "and $name comes to the same rows as with everything",
    async (projection) => {
      const generation = await rebuilt(projection, rowsMax);
      expect(await readModelOf(database.pool, projection, generation)).toEqual(
        await foldLog(database.pool, catalog, projection),
      );
      await retire(database.pool, projection, generation);
    },
  );
});

test("an event that fails is named with the id that had been left out, and what it fails of", async () => {
  await expect(rebuilt(breaks, 1_000)).rejects.toMatchObject({
    message: expect.stringContaining("(plant-7, version 600) was not applied: too large"),
    facts: { eventId: expect.stringMatching(/^[0-9a-f-]{36}$/), stream: "plant-7" },
  });
});
