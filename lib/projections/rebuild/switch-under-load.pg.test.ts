import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { counterCatalog, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker } from "@/lib/testing/start-workers";
import { beginRebuild } from "./begin-rebuild";
import { promoteGeneration } from "./promote-generation";
import { replayFold } from "./replay-fold";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ max: 20 });
});
afterAll(() => database.close());

const SWITCHES = 10;

test("switched to and fro under load, readers never see an older state or half of one, and both stay right", async () => {
  await registerProjections(database.pool, [counterTotals], counterCatalog);
  const worker = startWorker(database, "w", [counterTotals]);
  let running = true;
  const load = (async () => {
    for (let n = 0; running; n++) {
      await appendRaw(database.pool, [
        { stream: `counter-${n % 11}`, type: "Counted", data: { by: 1, bucket: "b", note: null } },
      ]);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  })();
  const seen: string[] = [];
  const reader = async () => {
    let before = { position: 0n, events: 0n };
    while (running) {
      const { rows } = await database.pool.query<{ position: bigint; events: bigint; total: string }>(
        "select max(position) as position, sum(events)::bigint as events, sum(total)::text as total from tidemark_read.counter_totals",
      );
      const now = rows[0] ?? before;
      if (now.position < before.position || now.events < before.events) {
        seen.push(`${before.events} events, then ${now.events}`);
      }
      before = now;
    }
  };
  const readers = [reader(), reader(), reader()];
  try {
    const { generation } = await inTransaction(database.pool, (client) =>
      beginRebuild(client, counterTotals, counterCatalog, "test"),
    );
    await replayFold({ pool: database.pool, projection: counterTotals, catalog: counterCatalog, generation });
    for (let n = 0; n < SWITCHES; n++) {
      // Refused while the other one lacks something; its workers bring it up, and nothing has changed meanwhile.
      await eventually(() => promoteGeneration(database.pool, counterTotals, n % 2 === 0 ? generation : 1));
    }
    running = false;
    await Promise.all([load, ...readers]);
    await caughtUp(database.pool);
  } finally {
    running = false;
    await Promise.allSettled([load, ...readers]);
    await worker.stop();
  }
  expect(seen).toEqual([]);
  const log = await foldLog(database.pool, counterCatalog, counterTotals);
  expect(await readModelOf(database.pool, counterTotals, 1)).toEqual(log);
  expect(await readModelOf(database.pool, counterTotals, 2)).toEqual(log);
}, 120_000);
