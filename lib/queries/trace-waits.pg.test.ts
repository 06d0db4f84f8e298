import { afterAll, beforeAll, expect, test } from "vitest";
import { createCommands } from "@/lib/commands/handle";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { registerProcesses } from "@/lib/processes/register-processes";
import { listTraces } from "@/lib/queries/list-traces";
import type { QueryContext } from "@/lib/queries/query-context";
import { tracePage } from "@/lib/queries/trace-page";
import { bakery, broken } from "@/lib/testing/bakery-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startProcessWorker } from "@/lib/testing/start-process-worker";

const catalog = bakery();
let database: TestDatabase;
let context: QueryContext;
let make: (loaf: string) => Promise<unknown>;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  const store = createEventStore({ pool: database.pool });
  const commands = createCommands({ store, catalog });
  context = { reads: createReadDatabase(database.pool), catalog, store };
  make = (loaf) => {
    const about = { category: "dough", id: loaf, command: "MakeDough", input: { loaf }, correlationId: loaf };
    return commands.handle({ ...about, traceparent: null });
  };
  await registerProcesses(database.pool, catalog.processes, catalog);
  stop = startProcessWorker(database, catalog, "w1");
});
afterAll(async () => {
  await stop?.();
  await database.close();
});

/** The rows of a trace once they are all there: kind, name, depth and status of each. */
const rowsOf = async (loaf: string, done: (statuses: readonly string[]) => boolean) =>
  eventually(async () => {
    const trace = await tracePage(context, loaf).catch(() => undefined);
    return trace && done(trace.rows.map(({ kind, status }) => `${kind} ${status}`)) && trace;
  });

/** The traces of a state, page after page of one each. */
async function listed(state: "unsettled" | "waiting"): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTraces(context, { state, cursor, limit: 1 });
    ids.push(...page.traces.map(({ correlationId }) => correlationId));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

test("a timer stands in its trace below the process that set it, and what its firing led to stands below the timer", async () => {
  await make("slow");
  const trace = await rowsOf(
    "slow",
    (all) => all.includes("wait fired") && all.filter((one) => one === "process done").length === 2,
  );
  expect(trace.rows.map(({ kind, name, depth, status }) => [kind, name, depth, status])).toEqual([
    ["command", "MakeDough", 0, "done"],
    ["event", "DoughMade", 1, "done"],
    ["process", "baker", 2, "done"],
    ["wait", "rise", 3, "fired"],
    ["command", "Bake", 4, "done"],
    ["event", "Baked", 5, "done"],
    ["process", "baker", 6, "done"],
  ]);
  const timer = trace.rows[3];
  expect(timer).toMatchObject({ link: { kind: "instance", process: "baker", instance: "slow" } });
  expect(timer?.waitUs).toBe((timer?.endUs ?? 0) - (timer?.startUs ?? 0));
  expect(timer?.dueUs ?? 0).toBeLessThanOrEqual(timer?.endUs ?? 0);
  expect([trace.settled, trace.timers]).toEqual([true, 0]);
});

test("a timer that is called off says so, a command that an event led to stands below the process, and a timer that waits is told of", async () => {
  await make("rye");
  const rye = await rowsOf("rye", (all) => all.includes("wait called-off"));
  expect(rye.rows.map(({ kind, name, depth }) => `${depth} ${kind} ${name}`)).toEqual([
    ...["0 command MakeDough", "1 event DoughMade", "2 process baker", "3 wait rise", "3 command Bake"],
    ...["4 event Baked", "5 process baker"],
  ]);
  await make("slowly");
  const slowly = await rowsOf("slowly", (all) => all.includes("wait waiting") && all.includes("process done"));
  // Nothing is late: whoever asks for what is not settled is not told of a timer that waits for its time.
  expect([slowly.settled, slowly.openEnds, slowly.timers]).toEqual([true, 0, 1]);
  expect(slowly.rows.at(-1)).toMatchObject({ kind: "wait", endUs: null, detail: { settledAt: null } });
  const { traces } = await listTraces(context, { filter: { stream: "dough-slowly" } });
  expect(traces).toMatchObject([{ correlationId: "slowly", settled: true, timers: 1 }]);
  expect(await listed("waiting")).toContain("slowly");
  expect(await listed("unsettled")).not.toContain("slowly");
  await database.pool.query(
    "update process_timers set due_at = now() - interval '1 minute' where correlation_id = 'slowly'",
  );
  expect((await tracePage(context, "slowly")).rows.at(-1)?.status).toBe("overdue");
});

test("a command that cannot be sent keeps its trace open and tells why; one that is refused is told of, though the log is not", async () => {
  broken.add("stale");
  await make("stale");
  const open = await eventually(async () => {
    const trace = await tracePage(context, "stale").catch(() => undefined);
    return trace?.rows.some(({ kind, detail }) => kind === "command" && detail.error) && trace;
  });
  expect(open.rows.find(({ name }) => name === "Bake")).toMatchObject({
    ...{ kind: "command", depth: 3, status: "waiting", endUs: null, stream: "oven-1" },
    detail: { process: "baker", error: "the oven breaks on stale" },
  });
  expect([open.settled, open.openEnds]).toEqual([false, 1]);
  const { traces } = await listTraces(context, { filter: { stream: "dough-stale" } });
  expect(traces).toMatchObject([{ settled: false, open: 1 }]);
  // Every consumer is past its events: it is the command that keeps it in the list.
  expect(await listed("unsettled")).toContain("stale");
  expect(await listed("waiting")).toEqual(["stale", "slowly"]);
  broken.delete("stale");

  await make("burnt-toast");
  const burnt = await rowsOf("burnt-toast", (all) => all.filter((one) => one === "process done").length === 2);
  expect(burnt.rows.map(({ kind, name, depth, status }) => `${depth} ${kind} ${name} ${status}`)).toEqual([
    ...["0 command MakeDough done", "1 event DoughMade done", "2 process baker done", "3 wait rise called-off"],
    ...["3 command Bake rejected", "3 command Throw done", "4 event Thrown done", "5 process baker done"],
  ]);
  expect(burnt.rows[4]?.detail.rejection).toBe("oven.too-hot: Let it cool.");
});
