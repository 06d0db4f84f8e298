import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendRaw } from "@/lib/testing/append-raw";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { createSharedWindow } from "./shared-window";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const WINDOW = { types: ["Told"], limit: 20, from: 0n };

/** Appends an event to each stream, publishes them, and returns the last one's position. */
async function tell(...streams: readonly string[]): Promise<bigint> {
  const positions = await appendRaw(
    database.pool,
    streams.map((stream) => ({ stream, type: "Told", data: {} })),
  );
  await database.owner.query("select advance_high_water('test')");
  return positions.at(-1) ?? 0n;
}

/** The pool with its answers held back by `gate`; counts what was asked. */
function watched(gate: () => Promise<void> = async () => undefined) {
  const counted = { readings: 0 };
  const query = async (config: pg.QueryConfig) => {
    counted.readings += 1;
    const answer = await database.pool.query(config);
    await gate();
    return answer;
  };
  return { counted, pool: { query } as unknown as pg.Pool };
}

test("partitions that start together share every reading, the first one included", async () => {
  await tell(...Array.from({ length: 50 }, (_, nth) => `told-${nth}`));
  const { counted, pool } = watched();
  const window = createSharedWindow(pool, WINDOW);
  const quarter = async (nth: number) => {
    const seen: bigint[] = [];
    for (let after = 0n, more = true; more; ) {
      const slices = { sliceFrom: nth * 256, sliceTo: (nth + 1) * 256 };
      const batch = await window.read({ types: WINDOW.types, ...slices, after, limit: 100 });
      seen.push(...batch.events.map(({ position }) => position));
      ({ to: after, more } = batch);
    }
    return seen;
  };
  const seen = (await Promise.all([0, 1, 2, 3].map(quarter))).flat();
  expect(seen.sort((a, b) => Number(a - b))).toEqual(Array.from({ length: 50 }, (_, nth) => BigInt(nth + 1)));
  // Three readings hold fifty events. Whoever joined the last one looks once more: it may have begun too early for him.
  expect(counted.readings).toBeLessThanOrEqual(4);
});

test("a reading that was under way and ended at the mark is not taken for one that starts now", async () => {
  let open = () => {};
  const held = new Promise<void>((resolve) => {
    open = resolve;
  });
  let asked = () => {};
  const under = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { pool } = watched(() => {
    asked();
    return held;
  });
  const from = await tell("told-0");
  const early = await tell("told-1");
  const window = createSharedWindow(pool, { ...WINDOW, from });
  const request = { types: WINDOW.types, after: from, limit: 100 };
  const first = window.read({ ...request, sliceFrom: 0, sliceTo: 1_024 });
  await under;
  const late = await tell("told-2");
  const { rows } = await database.pool.query("select slice from events where position = any($1) order by position", [
    [early, late],
  ]);
  expect(rows[0].slice).not.toBe(rows[1].slice);
  const second = window.read({ ...request, sliceFrom: rows[1].slice, sliceTo: rows[1].slice + 1 });
  open();
  expect((await first).events.map(({ position }) => position)).toEqual([early]);
  expect((await second).events.map(({ position }) => position)).toEqual([late]);
});
