import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Commands, createCommands } from "@/lib/commands/handle";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { derivedId } from "@/lib/kernel/ids";
import { registerProcesses } from "@/lib/processes/register-processes";
import { bakery, broken } from "@/lib/testing/bakery-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startProcessWorker } from "@/lib/testing/start-process-worker";

const catalog = bakery();
let database: TestDatabase;
let store: EventStore;
let commands: Commands;
let stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  store = createEventStore({ pool: database.pool });
  commands = createCommands({ store, catalog });
});
afterAll(() => database.close());
beforeEach(() => registerProcesses(database.pool, catalog.processes, catalog));
afterEach(async () => {
  broken.clear();
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});

const start = (id: string, of = catalog) => void stops.push(startProcessWorker(database, of, id));
const make = (loaf: string, stream = loaf, traceparent: string | null = null) =>
  commands.handle({
    traceparent,
    category: "dough",
    id: stream,
    command: "MakeDough",
    input: { loaf },
    correlationId: `of ${loaf}`,
  });
const rows = async <Row extends object>(sql: string, ...values: unknown[]) =>
  (await database.pool.query<Row>(sql, values)).rows;
const instance = async (loaf: string) => {
  const [row] = await rows<{ status: string; stage: string; state: string; attempts: number; inputs: number }>(
    "select status, stage, state, attempts, inputs from process_instances where instance = $1",
    loaf,
  );
  return row;
};
const inStatus = (loaf: string, status: string) =>
  eventually(async () => (await instance(loaf))?.status === status, { what: `${loaf} to be ${status}` });
const ovenEvents = async (loaf: string) =>
  (await store.readStream("oven-1", { limit: 500 })).filter(({ data }) => data.includes(`"${loaf}"`));

test("an event leads to a command and its event, under one correlation and in one trace, each caused by the one before", async () => {
  start("w1");
  const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const made = await make("rye", "rye", trace);
  await inStatus("rye", "ended");
  const [baked, ...more] = await ovenEvents("rye");
  expect(more).toEqual([]);
  const cause = made.outcome === "accepted" ? made.events[0]?.id : undefined;
  expect(baked).toMatchObject({ type: "Baked", correlationId: "of rye", causationId: cause, actor: "process:baker" });
  expect(baked?.traceparent).toBe(trace);
  // The command's id follows from process, instance, input and place: whoever sends it again sends the same one.
  expect(JSON.parse(baked?.command ?? "{}").id).toBe(derivedId("process", "baker", "rye", cause ?? "", "0"));
  expect(await rows("select name, state, traceparent from process_timers where instance = 'rye'")).toEqual([
    { name: "rise", state: "cancelled", traceparent: trace },
  ]);
});

test("a rejection is an input of the process, on record, and is answered", async () => {
  start("w1");
  await make("burnt-toast");
  await inStatus("burnt-toast", "ended");
  expect((await ovenEvents("burnt-toast")).map(({ type }) => type)).toEqual(["Thrown"]);
  expect(await rows("select kind, name from process_inputs where instance = 'burnt-toast' order by id")).toEqual([
    { kind: "event", name: "DoughMade" },
    { kind: "rejection", name: "Bake" },
    { kind: "event", name: "Thrown" },
  ]);
  expect(await rows("select command, state from process_commands where instance = 'burnt-toast' order by seq")).toEqual(
    [
      { command: "Bake", state: "rejected" },
      { command: "Throw", state: "accepted" },
    ],
  );
});

test("the whole log delivered again changes nothing and sends nothing", async () => {
  start("w1");
  await make("spelt");
  await inStatus("spelt", "ended");
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
  const all = async () => ({
    instances: await rows("select instance, state, status, inputs from process_instances order by 1"),
    commands: await rows("select id, state from process_commands order by seq"),
    timers: await rows("select id, state from process_timers order by id"),
    inputs: await rows("select input_id from process_inputs order by id"),
    head: await rows("select max(position) as head from events"),
  });
  const before = await all();
  const moved = await rows("update consumer_partitions set checkpoint = 0 where consumer = 'baker' returning 1");
  expect(moved).toHaveLength(2);
  start("w2");
  await eventually(async () => {
    const [reached] = await rows<{ done: boolean }>(
      "select bool_and(p.checkpoint >= h.position) as done from consumer_partitions p, high_water h where consumer = 'baker'",
    );
    return reached?.done;
  });
  expect(await all()).toEqual(before);
});

test("two events that would begin the same instance begin one, whoever of two workers is first", async () => {
  start("w1");
  start("w2");
  const loaves = Array.from({ length: 40 }, (_, n) => `race-${n}`);
  // Two streams each, in different slices and so in different partitions.
  await Promise.all(loaves.flatMap((loaf) => [make(loaf, `a-${loaf}`), make(loaf, `b-${loaf}`)]));
  for (const loaf of loaves) await inStatus(loaf, "ended");
  const counted = await rows<{ baked: number }>(
    `select count(*)::int as baked from events where type = 'Baked' and data->>'loaf' like 'race-%' group by data->>'loaf'`,
  );
  expect(counted).toHaveLength(40);
  // The second dough of a loaf is an input like any other: it is baked too, unless the loaf is done; never twice for one dough.
  expect(counted.every(({ baked }) => baked <= 2)).toBe(true);
  const [twice] = await rows<{ n: number }>(
    `select count(*)::int as n from (select causation_id from events where type = 'Baked' group by 1 having count(*) > 1) t`,
  );
  expect(twice?.n).toBe(0);
});

test("a timer fires once under three workers, by the database's clock, and goes on with the trace that set it", async () => {
  for (const id of ["w1", "w2", "w3"]) start(id);
  const loaves = Array.from({ length: 30 }, (_, n) => `slow-${n}`);
  const traceOf = (loaf: string) => `00-${loaf.slice(5).padStart(32, "a")}-b7ad6b7169203331-01`;
  await Promise.all(loaves.map((loaf) => make(loaf, loaf, traceOf(loaf))));
  for (const loaf of loaves) await inStatus(loaf, "ended");
  const fired = await rows<{ n: number }>(
    "select count(*)::int as n from process_inputs where kind = 'timer' and instance like 'slow-%' group by instance",
  );
  expect(fired.map(({ n }) => n)).toEqual(loaves.map(() => 1));
  for (const loaf of loaves) {
    const [baked, ...more] = await ovenEvents(loaf);
    expect(more).toEqual([]);
    expect(baked?.traceparent).toBe(traceOf(loaf));
  }
});

test("a timer that is not due waits, through restarts, until its time has come", async () => {
  start("w1");
  await make("slowly");
  await eventually(async () => (await rows("select 1 from process_timers where instance = 'slowly'")).length === 1);
  expect(await rows("select state from process_timers where instance = 'slowly'")).toEqual([{ state: "waiting" }]);
  await stops.pop()?.();
  await rows(
    "update process_timers set next_attempt_at = clock_timestamp(), due_at = clock_timestamp() where instance = 'slowly'",
  );
  await rows("update process_instances set due_at = process_due_at(process, instance) where instance = 'slowly'");
  start("w2");
  await inStatus("slowly", "ended");
});

test("a command or a timer that keeps failing is counted on its instance and costs the others nothing", async () => {
  broken.add("hard").add("slow-hard");
  start("w1");
  await Promise.all([make("hard"), make("slow-hard"), make("soft"), make("slow-soft")]);
  await inStatus("soft", "ended");
  await inStatus("slow-soft", "ended");
  for (const loaf of ["hard", "slow-hard"]) await eventually(async () => ((await instance(loaf))?.attempts ?? 0) >= 2);
  const [stuck] = await rows<{ error: string }>("select error from process_commands where instance = 'hard'");
  expect(JSON.parse(stuck?.error ?? "{}")).toMatchObject({ message: "the oven breaks on hard" });
  broken.clear();
  await inStatus("hard", "ended");
  await inStatus("slow-hard", "ended");
  expect(await instance("hard")).toMatchObject({ attempts: 0 });
  expect(await ovenEvents("hard")).toHaveLength(1);
});

test("a raised version folds instances anew from what they have seen, sends nothing again, and fences the old code", async () => {
  start("old");
  await make("slow-forgotten-ly");
  await eventually(async () => (await instance("slow-forgotten-ly"))?.inputs === 1);
  await stops.pop()?.();
  const next = bakery(2);
  await registerProcesses(database.pool, next.processes, next);
  start("new", next);
  start("old-again");
  const head = await store.highWater();
  await store.append({
    writes: [
      {
        stream: "dough-slow-forgotten-ly",
        expectedVersion: "exists",
        events: [{ type: "DoughForgotten", schemaVersion: 1, data: JSON.stringify({ loaf: "slow-forgotten-ly" }) }],
      },
    ],
  });
  await eventually(async () => (await instance("slow-forgotten-ly"))?.inputs === 2);
  expect(JSON.parse((await instance("slow-forgotten-ly"))?.state ?? "{}")).toEqual({ seen: ["MADE", "FORGOTTEN"] });
  const since = await store.readAll({ after: head.head });
  expect(since.filter(({ actor }) => actor === "process:baker")).toEqual([]);
  const holders = await rows<{ worker: string }>(
    "select distinct worker from consumer_batches where consumer = 'baker' and to_position > $1",
    head.head,
  );
  expect(holders).toEqual([{ worker: "new" }]);
});

test("events that were there before the process was begin nothing, however often they are delivered", async () => {
  const other = await createTestDatabase();
  try {
    const before = createEventStore({ pool: other.pool });
    await createCommands({ store: before, catalog }).handle({
      category: "dough",
      id: "old",
      command: "MakeDough",
      input: { loaf: "old" },
    });
    await other.owner.query("update tidemark.high_water set position = (select max(position) from tidemark.events)");
    await registerProcesses(other.pool, catalog.processes, catalog);
    await other.pool.query("update consumer_partitions set checkpoint = 0");
    stops.push(startProcessWorker(other, catalog, "w"));
    await createCommands({ store: before, catalog }).handle({
      category: "dough",
      id: "new",
      command: "MakeDough",
      input: { loaf: "new" },
    });
    await eventually(async () => {
      const { rows: seen } = await other.pool.query("select 1 from process_instances where status = 'ended'");
      return seen.length > 0;
    });
    const { rows: instances } = await other.pool.query("select instance from process_instances");
    expect(instances).toEqual([{ instance: "new" }]);
  } finally {
    await stops.pop()?.();
    await other.close();
  }
});
