import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { bucketTotals, counterCatalog, counterTotals, poison } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker } from "@/lib/testing/start-workers";
import { beginRebuild } from "./begin-rebuild";
import { replayFold } from "./replay-fold";
import { retire } from "./retire-generation";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, [counterTotals, bucketTotals], counterCatalog);
  const texts = ["plain", 'quote " and \\ slash', "tab\tand\nlines\r", "\\N", "é\u2028 \u{1f310}", null];
  for (let round = 0; round < 20; round++) {
    await appendRaw(
      database.pool,
      Array.from({ length: 60 }, (_, index) => {
        const n = (index * 7 + round) % 41;
        return n === 13 && round % 3 === 0
          ? { stream: `counter-${n}`, type: "Cleared", data: {} }
          : { stream: `counter-${n}`, type: "Counted", data: { by: n, bucket: `b${n % 3}`, note: texts[index % 6] } };
      }),
    );
  }
  await database.pool.query("select * from advance_high_water('test')");
});
afterAll(() => database.close());

const begin = (projection: FoldProjection) =>
  inTransaction(database.pool, (client) => beginRebuild(client, projection, counterCatalog, "test"));
const replay = (
  projection: FoldProjection,
  generation: number,
  more: { rowsMax?: number; signal?: AbortSignal } = {},
) => replayFold({ pool: database.pool, projection, catalog: counterCatalog, generation, ...more });

test.each(
  [counterTotals, bucketTotals].flatMap((projection) => [3, 10, 1_000].map((rowsMax) => ({ projection, rowsMax }))),
)("$projection.name replayed with $rowsMax rows in memory is the fold of the log", async ({ projection, rowsMax }) => {
  const { generation } = await begin(projection);
  expect(await replay(projection, generation, { rowsMax })).toBe(true);
  expect(await readModelOf(database.pool, projection, generation)).toEqual(
    await foldLog(database.pool, counterCatalog, projection),
  );
  await retire(database.pool, projection, generation);
});

test("a replay that another process has taken over writes nothing more, and a cancelled one neither", async () => {
  const { generation } = await begin(counterTotals);
  const overtaken = replayFold({
    pool: database.pool,
    projection: counterTotals,
    catalog: counterCatalog,
    generation,
    onProgress: async () => {
      expect(await replay(counterTotals, generation)).toBe(true);
    },
  });
  await expect(overtaken).rejects.toThrow("another process goes on with it");
  expect(await readModelOf(database.pool, counterTotals, generation)).toEqual(
    await foldLog(database.pool, counterCatalog, counterTotals),
  );
  await retire(database.pool, counterTotals, generation);
  await expect(replay(counterTotals, generation)).rejects.toThrow("cancelled");
});

test("a poison event ends the replay loudly and names itself; cured, the replay goes on", async () => {
  const { generation } = await begin(counterTotals);
  poison.add("plain");
  try {
    await expect(replay(counterTotals, generation)).rejects.toThrow("cannot count plain");
  } finally {
    poison.clear();
  }
  expect(await replay(counterTotals, generation)).toBe(true);
  await retire(database.pool, counterTotals, generation);
});

test("after the replay workers follow the log, while the generation that serves is not touched", async () => {
  const worker = startWorker(database, "w", [counterTotals, bucketTotals]);
  try {
    await caughtUp(database.pool);
    const { generation } = await begin(counterTotals);
    await replay(counterTotals, generation);
    await expect(begin(counterTotals)).rejects.toThrow("being built already");
    await appendRaw(database.pool, [
      { stream: "counter-1", type: "Counted", data: { by: 5, bucket: "b", note: null } },
    ]);
    await caughtUp(database.pool);
    for (const projection of [counterTotals, bucketTotals]) {
      expect(await readModelOf(database.pool, projection)).toEqual(
        await foldLog(database.pool, counterCatalog, projection),
      );
    }
    expect(await readModelOf(database.pool, counterTotals, generation)).toEqual(
      await foldLog(database.pool, counterCatalog, counterTotals),
    );
  } finally {
    await worker.stop();
  }
});
