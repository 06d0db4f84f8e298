import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Commands, createCommands } from "@/lib/commands/handle";
import { createEventStore } from "@/lib/event-store/store";
import { forgetStep } from "@/lib/processes/forget-ended";
import { registerProcesses } from "@/lib/processes/register-processes";
import { bakery } from "@/lib/testing/bakery-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startProcessWorker } from "@/lib/testing/start-process-worker";

const catalog = bakery();
let database: TestDatabase;
let commands: Commands;
let stop: () => Promise<void>;
beforeAll(async () => {
  database = await createTestDatabase();
  commands = createCommands({ store: createEventStore({ pool: database.pool }), catalog });
});
beforeEach(async () => {
  await registerProcesses(database.pool, catalog.processes, catalog);
  stop = startProcessWorker(database, catalog, "w");
});
afterEach(async () => {
  await stop();
  await database.pool.query("delete from consumers");
});
afterAll(() => database.close());

const rows = async <Row extends object>(sql: string, ...values: unknown[]) =>
  (await database.pool.query<Row>(sql, values)).rows;
const make = (loaf: string) => commands.handle({ category: "dough", id: loaf, command: "MakeDough", input: { loaf } });
const instances = async () =>
  (await rows<{ instance: string }>("select instance from process_instances order by 1")).map(
    ({ instance }) => instance,
  );
const events = async () => (await rows<{ n: bigint }>("select count(*) as n from events"))[0]?.n;

/** Waits until these loaves are over and the whole log has been heard of. */
async function settled(...loaves: readonly string[]): Promise<void> {
  await eventually(async () => {
    const [{ left } = { left: 1n }] = await rows<{ left: bigint }>(
      `select (select count(*) from process_instances where status = 'running')
            + (select count(*) from consumer_partitions where checkpoint < (select max(position) from events)) as left`,
    );
    const there = await instances();
    return left === 0n && loaves.every((loaf) => there.includes(loaf));
  });
}

/** Makes loaves, one after the other, and lets them be over for 40 days. */
async function over(...loaves: readonly string[]): Promise<void> {
  for (const loaf of loaves) await make(loaf);
  await settled(...loaves);
  await rows(
    "update process_instances set updated_at = updated_at - interval '40 days' where instance = any ($1)",
    loaves,
  );
}

/** Delivers the whole log to the process once more, from its first event. */
async function replay(): Promise<void> {
  await rows("update consumer_partitions set checkpoint = 0, epoch = epoch + 1, owner = null, lease_expires_at = null");
  await eventually(async () => {
    const left = await rows("select from consumer_partitions where checkpoint < (select max(position) from events)");
    return left.length === 0;
  });
}

test("what is forgotten stays over: the whole log delivered again begins nothing and sends nothing", async () => {
  await over("f-1", "f-2", "burnt-f");
  await make("f-new");
  await settled("f-new");
  const before = await events();
  expect(await forgetStep(database.pool, "baker", 30)).toBe(3);
  expect(await instances()).toEqual(["f-new"]);
  expect(await rows("select 1 from process_inputs where instance <> 'f-new'")).toEqual([]);
  expect(await rows("select 1 from process_commands where instance <> 'f-new'")).toEqual([]);
  await replay();
  expect(await instances()).toEqual(["f-new"]);
  expect(await events()).toBe(before);
  // What is new begins as ever, under a name that was used before as well.
  await make("f-3");
  await eventually(async () => (await instances()).includes("f-3"));
});

test("nothing is forgotten before its time, while it has something to do, or while the process may yet hear of what it has seen", async () => {
  await over("g-1");
  expect(await forgetStep(database.pool, "baker", 50)).toBe(0);

  await rows("update process_instances set due_at = clock_timestamp() + interval '1 day' where instance = 'g-1'");
  expect(await forgetStep(database.pool, "baker", 30)).toBe(0);
  await rows("update process_instances set due_at = null where instance = 'g-1'");

  // An event of before that waits in a dead letter, and one that a partition has not come to.
  const [first] = await rows<{ position: bigint }>("select min(position) as position from process_inputs");
  await rows(
    `insert into dead_letters (consumer, generation, stream, slice, version, position, event_id, type, blocks, state, fingerprint, error, build)
       select 'baker', 1, 'dough-x', 0, 1, $1::bigint, gen_random_uuid(), 'DoughMade', true, 'parked', '0123456789ab', '{}', 'b'`,
    first?.position,
  );
  expect(await forgetStep(database.pool, "baker", 30)).toBe(0);
  await rows("update dead_letters set state = 'skipped', outcome = 'skipped', closed_at = clock_timestamp()");
  await stop();
  await rows("update consumer_partitions set checkpoint = $1::bigint - 1 where partition = 0", first?.position);
  expect(await forgetStep(database.pool, "baker", 30)).toBe(0);
  stop = startProcessWorker(database, catalog, "w2");
  await settled("g-1");
  expect(await forgetStep(database.pool, "baker", 30)).toBe(1);
});

test("a step removes a bounded number, the oldest first, and the next goes on", async () => {
  await over("h-1");
  await rows(
    `insert into process_instances (process, instance, version, state, stage, status, correlation_id, started_position, updated_at, ended_at)
       select 'baker', 'old-' || n, 1, '{}', '', 'ended', 'c', 0, clock_timestamp() - interval '50 days', clock_timestamp() - interval '50 days'
         from generate_series(1, 450) n`,
  );
  const steps = [];
  for (let n = 0; n < 4; n++) steps.push(await forgetStep(database.pool, "baker", 30));
  expect(steps).toEqual([200, 200, 51, 0]);
});
