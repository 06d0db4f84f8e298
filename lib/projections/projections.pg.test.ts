import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { appendRaw, type RawEvent } from "@/lib/testing/append-raw";
import { bucketTotals, counterCatalog, counters, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";
import { registerProjections } from "./register-projections";

let database: TestDatabase;
const workers: TestWorker[] = [];
const start = (id: string) => {
  const worker = startWorker(database, id);
  workers.push(worker);
  return worker;
};
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, counters.projections, counterCatalog);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
afterAll(() => database.close());

test("read models are the fold of the log after random batches, whatever workers come and go", async () => {
  const { pool } = database;
  let worker = start("first");
  for (let round = 0; round < 25; round++) {
    await appendRaw(pool, randomEvents(1 + Math.floor(Math.random() * 200)));
    if (round % 5 === 4) {
      const before = worker;
      worker = start(`worker-${round}`);
      await before.stop();
    }
  }
  await caughtUp(database);
  for (const projection of [counterTotals, bucketTotals]) {
    expect(await readModelOf(pool, projection)).toEqual(await foldLog(pool, counterCatalog, projection));
  }
  const { rows } = await pool.query(
    `select count(*) as wrong from
       (select stream, count(*) as effects, sum((data->>'by')::bigint) as total from events where type = 'Counted' group by 1) log
       full join tidemark_read.counter_effects model using (stream)
      where log.effects is distinct from model.effects or log.total is distinct from model.total`,
  );
  expect(rows[0].wrong).toBe(0n);
}, 60_000);

test("every event lies in exactly one committed batch of every partition", async () => {
  const { rows } = await database.pool.query(
    `select c.name, e.position, count(b.id) as batches
       from consumers c join events e on e.type = any (c.types)
       join consumer_partitions p on p.consumer = c.name and e.slice >= p.slice_from and e.slice < p.slice_to
       left join consumer_batches b on b.consumer = c.name and b.partition = p.partition
             and e.position > b.from_position and e.position <= b.to_position
      group by 1, 2 having count(b.id) <> 1`,
  );
  expect(rows).toEqual([]);
});

function randomEvents(count: number): RawEvent[] {
  return Array.from({ length: count }, () => {
    const stream = `counter-${Math.floor(Math.random() * 60)}`;
    if (Math.random() < 0.03) return { stream, type: "Cleared", data: {} };
    const by = Math.floor(Math.random() * 100) - 20;
    const note = Math.random() < 0.3 ? null : `n"o\\te {${by}}, 'ü' ${"\n"}`;
    return { stream, type: "Counted", data: { by, bucket: `b${by % 7}`, note } };
  });
}

async function caughtUp({ pool }: TestDatabase): Promise<void> {
  await eventually(async () => {
    const { rows } = await pool.query(
      `select bool_and(checkpoint >= (select max(position) from events)) as done from consumer_partitions`,
    );
    return rows[0].done === true;
  });
}
