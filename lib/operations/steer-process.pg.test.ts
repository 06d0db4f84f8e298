import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createCommands } from "@/lib/commands/handle";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import type { OperationContext } from "@/lib/operations/operation";
import { cancelInstance, fireTimer, nudgeInstance } from "@/lib/operations/steer-process";
import { pauseProcess, resumeProcess } from "@/lib/operations/switch-process";
import { registerProcesses } from "@/lib/processes/register-processes";
import { listProcesses } from "@/lib/queries/list-processes";
import { processInstance } from "@/lib/queries/process-instance";
import { processPage } from "@/lib/queries/process-page";
import { bakery, broken } from "@/lib/testing/bakery-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startProcessWorker } from "@/lib/testing/start-process-worker";

const catalog = bakery();
let database: TestDatabase;
let context: OperationContext;
let stop: () => Promise<void>;
beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  const store = createEventStore({ pool });
  const commands = createCommands({ store, catalog });
  const reads = createReadDatabase(pool);
  const principal = { id: "ada", role: "operator", via: "token" };
  context = {
    pool,
    reads,
    store,
    catalog,
    commands,
    principal,
    safety: "open",
    requestId: "r-1",
  } as unknown as OperationContext;
  await registerProcesses(pool, catalog.processes, catalog);
  stop = startProcessWorker(database, catalog, "w");
});
afterEach(() => broken.clear());
afterAll(async () => {
  await stop();
  await database.close();
});

const make = (loaf: string) =>
  context.commands.handle({ category: "dough", id: loaf, command: "MakeDough", input: { loaf } });
const page = (loaf: string) => processInstance(context, "baker", loaf);
const until = (loaf: string, seen: (so: Awaited<ReturnType<typeof page>>) => boolean) =>
  eventually(async () => seen(await page(loaf)));
const audit = async (type: string) =>
  (await context.store.readStream("operations-audit", { limit: 100 })).filter((event) => event.type === type);

test("a stuck instance is counted and found; nudged, it is tried at once and goes on", async () => {
  broken.add("hard");
  await make("hard");
  await until("hard", ({ instance }) => instance.stuck);
  const { processes } = await listProcesses(context);
  expect(processes).toMatchObject([{ name: "baker", stuck: 1, running: 1, stages: [{ stage: "made", count: 1 }] }]);
  const stuck = await processPage(context, "baker", { filter: "stuck" });
  expect(stuck.instances).toMatchObject([{ instance: "hard", stuck: true, timer: { name: "rise" } }]);
  broken.clear();
  expect(await nudgeInstance(context, { process: "baker", instance: "hard" })).toMatchObject({ observed: true });
  await until("hard", ({ instance }) => instance.status === "ended");
  expect(await audit("ProcessInstanceNudged")).toHaveLength(1);
  await expect(nudgeInstance(context, { process: "baker", instance: "hard" })).rejects.toMatchObject({
    code: "conflict",
  });
});

test("a timer fires when an operator says so, with a reason, and only one that waits", async () => {
  await make("slowly");
  await until("slowly", ({ timers }) => timers.length === 1);
  const fire = { process: "baker", instance: "slowly", timer: "rise", reason: "the customer waits" };
  await expect(fireTimer(context, { ...fire, reason: "" })).rejects.toMatchObject({ code: "invalid-request" });
  expect(await fireTimer(context, fire)).toMatchObject({ observed: true });
  await until("slowly", ({ instance }) => instance.status === "ended");
  expect((await page("slowly")).timers).toMatchObject([{ name: "rise", state: "fired" }]);
  await expect(fireTimer(context, fire)).rejects.toMatchObject({ code: "not-found" });
});

test("a cancelled instance takes its timers back, undoes what it has begun, and hears of nothing more", async () => {
  await make("slow-and-really");
  await make("slowly-too-ly");
  await until("slowly-too-ly", ({ timers }) => timers.length === 1);
  const cancel = { process: "baker", instance: "slowly-too-ly", reason: "the oven is sold" };
  expect(await cancelInstance(context, cancel)).toMatchObject({
    observed: true,
    instance: { instance: { status: "cancelled" }, commands: [{ command: "Throw", state: "accepted" }] },
  });
  expect((await page("slowly-too-ly")).inputs.at(-1)).toMatchObject({ kind: "cancel", note: "the oven is sold" });
  await expect(cancelInstance(context, cancel)).rejects.toMatchObject({ code: "conflict" });
  expect(await audit("ProcessInstanceCancelled")).toHaveLength(1);
});

test("an overdue timer is counted, and its instance found", async () => {
  broken.add("slow-hard");
  await make("slow-hard");
  await until("slow-hard", ({ instance }) => instance.attempts > 0);
  await database.pool.query(
    "update process_timers set due_at = clock_timestamp() - interval '1 minute' where instance = 'slow-hard' and state = 'waiting'",
  );
  const { processes } = await listProcesses(context);
  expect(processes).toMatchObject([{ overdue: 1 }]);
  const overdue = await processPage(context, "baker", { filter: "overdue" });
  expect(overdue.instances).toMatchObject([{ instance: "slow-hard", overdue: true }]);
});

test("pages of instances follow each other without a gap or a repeat", async () => {
  const loaves = Array.from({ length: 7 }, (_, n) => `page-${n}`);
  await Promise.all(loaves.map(make));
  for (const loaf of loaves) await until(loaf, ({ instance }) => instance.status === "ended");
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const each = await processPage(context, "baker", { filter: "all", prefix: "page-", limit: 3, cursor });
    found.push(...each.instances.map(({ instance }) => instance));
    cursor = each.next ?? undefined;
  } while (cursor !== undefined);
  expect([...found].sort()).toEqual(loaves);
  await expect(processPage(context, "nobody", {})).rejects.toMatchObject({ code: "not-found" });
});

test("when a pause is confirmed nothing of the process is under way: no event reaches it, nothing is sent or fired until it goes on", async () => {
  const { pool } = context;
  const step = await pool.connect();
  try {
    // A step of somebody else that does not come to an end: the pause waits for it and says so.
    await step.query("begin");
    await step.query(
      "select pg_advisory_xact_lock_shared(hashtextextended('tidemark.process-step:' || current_schema(), 0))",
    );
    const early = await pauseProcess(
      { ...context, signal: AbortSignal.timeout(200) },
      { name: "baker", reason: "audit" },
    );
    expect(early).toMatchObject({ state: "paused", observed: false });
  } finally {
    await step.query("rollback");
    step.release();
  }
  expect(await pauseProcess(context, { name: "baker", reason: "audit" })).toMatchObject({ observed: true });
  const { processes } = await listProcesses(context);
  expect(processes[0]).toMatchObject({ state: "paused", stateBy: "ada", stateReason: "audit" });

  await make("slow-one");
  await pool.query(
    `insert into process_instances (process, instance, version, state, stage, correlation_id, started_position, due_at)
       values ('baker', 'due', 1, '{"seen":[]}', 'made', 'c', 1, clock_timestamp())`,
  );
  await pool.query(
    `insert into process_timers (id, process, instance, name, due_at, next_attempt_at, correlation_id, causation_id)
       values (gen_random_uuid(), 'baker', 'due', 'rise', clock_timestamp(), clock_timestamp(), 'c', 'c')`,
  );
  await context.store.append({
    writes: [{ stream: "other-1", expectedVersion: "any", events: [{ type: "Other", schemaVersion: 1, data: "{}" }] }],
  });
  // Until the worker has beaten again, every lane has looked several times.
  const beats = async () => (await pool.query("select seen_at::text as at from workers where id = 'w'")).rows[0].at;
  const before = await beats();
  await eventually(async () => (await beats()) !== before);
  expect((await page("due")).timers).toMatchObject([{ name: "rise", state: "waiting" }]);
  await expect(page("slow-one")).rejects.toMatchObject({ code: "not-found" });

  expect(await resumeProcess(context, { name: "baker" })).toMatchObject({ state: "running", observed: true });
  await until("due", ({ timers }) => timers.every(({ state }) => state === "fired"));
  await until("slow-one", ({ inputs }) => inputs.length > 0);
  expect(await audit("ProcessPaused")).toHaveLength(2);
  expect(await audit("ProcessResumed")).toHaveLength(1);
});
