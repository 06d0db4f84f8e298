import { afterEach, beforeEach, expect, test } from "vitest";
import type { FoldProjection } from "@/lib/define";
import { createEventStore } from "@/lib/event-store/store";
import { appendRaw } from "@/lib/testing/append-raw";
import { bucketTotals, counterCatalog, counterNow, poison } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { createInlineConsumers } from "./inline-consumers";
import { registerProjections } from "./register-projections";

const bucketsNow: FoldProjection = { ...bucketTotals, name: "buckets-now", mode: "inline" };
const inline = [counterNow, bucketsNow];
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

function storeOf() {
  return createEventStore({ pool: database.pool, inline: createInlineConsumers(inline, counterCatalog) });
}

const counted = (stream: string, by: number, note: string | null = null) => ({
  writes: [
    {
      stream,
      expectedVersion: "any" as const,
      events: [{ type: "Counted", schemaVersion: 1, data: JSON.stringify({ by, bucket: `b${by % 3}`, note }) }],
    },
  ],
});

async function expectRight(): Promise<void> {
  for (const projection of inline) {
    const model = await readModelOf(database.pool, projection);
    const log = await foldLog(database.pool, counterCatalog, projection);
    // Rows shared by streams are written in the order of their locks, which need not be the order of positions.
    const shown =
      projection === bucketsNow ? ({ key, total, streams }: Row) => ({ key, total, streams }) : (row: Row) => row;
    expect(model.map(shown)).toEqual(log.map(shown));
  }
}

type Row = Readonly<Record<string, unknown>>;

test("when an append has been answered, its inline read models show it", async () => {
  await registerProjections(database.pool, inline, counterCatalog);
  const store = storeOf();
  for (const by of [3, 4, 5]) {
    await store.append(counted("counter-1", by));
    const { rows } = await database.pool.query("select total from tidemark_read.counter_now where key = 'counter-1'");
    expect(rows[0].total).toBe(BigInt(by === 3 ? 3 : by === 4 ? 7 : 12));
  }
  await expectRight();
});

test("appends side by side, to the same rows too, add up", async () => {
  await registerProjections(database.pool, inline, counterCatalog);
  const stores = [storeOf(), storeOf(), storeOf()];
  await Promise.all(
    Array.from({ length: 300 }, (_, n) => stores[n % 3]?.append(counted(`counter-${n % 20}`, 1 + (n % 7)))),
  );
  await expectRight();
});

test("what an inline projection throws refuses its append and no other", async () => {
  await registerProjections(database.pool, inline, counterCatalog);
  const store = storeOf();
  poison.add("refused");
  const outcomes = await Promise.allSettled([
    store.append(counted("counter-1", 1)),
    store.append(counted("counter-2", 1, "refused")),
    store.append(counted("counter-3", 1)),
  ]);
  poison.delete("refused");
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const { rows } = await database.pool.query("select stream from events order by stream");
  expect(rows).toEqual([{ stream: "counter-1" }, { stream: "counter-3" }]);
  await expectRight();
});

test("an inline projection registered late has all of history, and misses nothing appended meanwhile", async () => {
  for (let round = 0; round < 20; round++) {
    await appendRaw(
      database.pool,
      Array.from({ length: 100 }, (_, n) => ({
        stream: `counter-${n % 30}`,
        type: "Counted",
        data: { by: 1 + (n % 5), bucket: `b${n % 3}`, note: null },
      })),
    );
  }
  await database.owner.query("select advance_high_water('test')");
  // Above the mark when registering starts, and an append that is still open then.
  await appendRaw(database.pool, [{ stream: "counter-1", type: "Counted", data: { by: 9, bucket: "b0", note: null } }]);
  const open = await database.pool.connect();
  await open.query("begin");
  await appendRaw(open, [{ stream: "counter-open", type: "Counted", data: { by: 8, bucket: "b1", note: null } }]);
  let registered = false;
  const registering = registerProjections(database.pool, inline, counterCatalog).then(() => {
    registered = true;
  });
  const store = storeOf();
  const waiting = expectHeld().then(async () => {
    const appends = Promise.all(
      Array.from({ length: 20 }, (_, n) => store.append(counted(`counter-late-${n % 4}`, 2))),
    );
    expect(registered).toBe(false);
    await open.query("commit");
    open.release();
    await appends;
  });
  await Promise.all([registering, waiting]);
  await expectRight();
});

/** Waits until registering stands at the door of the streams table. */
async function expectHeld(): Promise<void> {
  await eventually(async () => {
    const { rows } = await database.owner.query(
      "select 1 from pg_locks where not granted and mode = 'ShareLock' and relation = 'streams'::regclass",
    );
    return rows.length > 0;
  });
}
