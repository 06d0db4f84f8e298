import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { Unavailable } from "@/lib/kernel/errors";
import { createRun, type NewRun } from "@/lib/runs/create-run";
import { defineRun, type RunKind } from "@/lib/runs/run";
import { executeRuns } from "@/lib/runs/run-executor";
import { LOG_LINES, writeLine } from "@/lib/runs/run-log";
import { actOnRun, cancelRun, pauseRun, resumeRun, throttleRun } from "@/lib/runs/steer-run";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
const stops: (() => Promise<void>)[] = [];
const log = createLogger("test", { level: "silent" });

beforeAll(async () => {
  database = await createTestDatabase();
  await database.owner.query("create table tidemark.marks (run bigint, n integer, epoch bigint)");
  await database.owner.query("grant all on tidemark.marks to tidemark_app");
});

afterAll(async () => {
  for (const stop of stops) await stop();
  await database.close();
});

/** Marks 1 to `count`, one a step; the mark and the checkpoint are one commit. */
const marking = defineRun<{ count: number; ask?: boolean; fail?: number }, number>({
  kind: "marking",
  unit: "marks",
  phases: ["mark", "tidy"],
  throttled: true,
  promote: async (_, run, decide) => {
    await decide("promote");
    return `Promoted ${run.subject}`;
  },
  run: async (context) => {
    const { count, ask, fail } = context.input;
    context.progress({ phase: "mark", total: count });
    for (let n = (context.checkpoint ?? 0) + 1; n <= count; n++) {
      if (n === fail) throw new Error(`mark ${n} cannot be made`);
      await context.step(async (client) => {
        await client.query("insert into marks values ($1, $2, $3)", [context.id, n, context.epoch]);
        context.progress({ done: n });
        return n;
      });
      await context.pace(1);
    }
    context.progress({ phase: "tidy" });
    if (ask) return { decided: await context.awaitDecision("Promote it?") };
    return { marked: count };
  },
  undo: async (context) => {
    await context.step(async (client) => {
      await client.query("delete from marks where run = $1", [context.id]);
      return 0;
    });
  },
});

function worker(id: string, kinds: readonly RunKind[] = [marking]): () => Promise<void> {
  const stopping = new AbortController();
  const ended = executeRuns({ pool: database.pool, kinds, worker: id, signal: stopping.signal, log });
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  stops.push(stop);
  return stop;
}

const ask = (run: Partial<NewRun> & { input: unknown }) =>
  inTransaction(database.pool, (client) => createRun(client, marking, { requestedBy: "tester", ...run }));
const tell = <T>(act: (client: Parameters<typeof pauseRun>[0]) => Promise<T>) => inTransaction(database.pool, act);

async function runRow(id: bigint) {
  const { rows } = await database.pool.query("select * from runs where id = $1", [id]);
  return rows[0];
}
async function marksOf(id: bigint): Promise<number[]> {
  const { rows } = await database.pool.query("select n from marks where run = $1 order by n", [id]);
  return rows.map(({ n }) => n);
}
const inState = (id: bigint, state: string) =>
  eventually(async () => {
    const row = await runRow(id);
    if (row.state !== state) throw new Error(`run ${id} is ${row.state}, ${row.error ?? ""}`);
    return row;
  });
const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

test("a run that waits is carried out once, keeps who and why, and stays as history with its result", async () => {
  worker("first");
  const id = await ask({ input: { count: 5 }, subject: "a-thing", reason: "because", ticket: "T-1" });
  const row = await inState(id, "succeeded");
  expect(row).toMatchObject({ requested_by: "tester", reason: "because", ticket: "T-1", phase: "tidy", attempts: 0 });
  expect(JSON.parse(row.result)).toEqual({ marked: 5 });
  expect(await marksOf(id)).toEqual(upTo(5));
  const { rows } = await database.pool.query("select message from run_log where run = $1 order by line", [id]);
  expect(rows.map(({ message }) => message)).toEqual([
    "asked for by tester: because",
    ...["phase mark", "phase mark ended", "phase tidy", "phase tidy ended"],
  ]);
});

test("pause is observed at a step, resume goes on from the checkpoint, and no step is done twice", async () => {
  const id = await ask({ input: { count: 40 }, throttle: 20 });
  await eventually(async () => (await marksOf(id)).length >= 3);
  await tell((client) => pauseRun(client, id, "ann"));
  await inState(id, "paused");
  const paused = await marksOf(id);
  expect(paused.length).toBeLessThan(40);
  await tell((client) => throttleRun(client, [marking], id, null));
  await tell((client) => resumeRun(client, id, "ann"));
  await inState(id, "succeeded");
  expect(await marksOf(id)).toEqual(upTo(40));
});

test("cancel ends a run and takes back what it has made; one that never began is cancelled at once", async () => {
  const id = await ask({ input: { count: 1_000 }, throttle: 50 });
  await eventually(async () => (await marksOf(id)).length >= 3);
  await tell((client) => cancelRun(client, [marking], id, "ann"));
  await inState(id, "cancelled");
  expect(await marksOf(id)).toEqual([]);
  await expect(tell((client) => resumeRun(client, id, "ann"))).rejects.toMatchObject({ code: "conflict" });

  const idle = await inTransaction(database.pool, (client) =>
    createRun(client, { ...marking, kind: "nobody-does-it" }, { requestedBy: "tester", input: {} }),
  );
  await tell((client) => cancelRun(client, [marking], idle, "ann"));
  expect((await runRow(idle)).state).toBe("cancelled");
});

test("a run awaits its operator's decision and goes on with it", async () => {
  const id = await ask({ input: { count: 1, ask: true }, subject: "a-copy" });
  await inState(id, "awaiting-decision");
  const { done } = await tell((client) => actOnRun(client, [marking], id, "promote"));
  expect(done).toBe("Promoted a-copy");
  expect(JSON.parse((await inState(id, "succeeded")).result)).toEqual({ decided: "promote" });
  await expect(tell((client) => actOnRun(client, [marking], id, "revert"))).rejects.toMatchObject({ code: "conflict" });
});

test("a fault of its own ends a run with what happened; resumed, it goes on from its checkpoint", async () => {
  const id = await ask({ input: { count: 5, fail: 4 } });
  const failed = await inState(id, "failed");
  expect(JSON.parse(failed.error)).toMatchObject({ name: "Error", message: "mark 4 cannot be made" });
  expect(await marksOf(id)).toEqual([1, 2, 3]);
  await database.pool.query(`update runs set input = '{"count": 5}' where id = $1`, [id]);
  await tell((client) => resumeRun(client, id, "ann"));
  await inState(id, "succeeded");
  expect(await marksOf(id)).toEqual(upTo(5));
});

test("of two runs at the same thing the second is refused, by name, until the first has ended", async () => {
  const id = await ask({ input: { count: 1_000 }, claim: "one-thing", throttle: 1 });
  await expect(ask({ input: { count: 1 }, claim: "one-thing" })).rejects.toMatchObject({
    code: "conflict",
    facts: { run: String(id) },
  });
  await tell((client) => cancelRun(client, [marking], id, "ann"));
  await inState(id, "cancelled");
  await inState(await ask({ input: { count: 1 }, claim: "one-thing" }), "succeeded");
});

test("an executor that lost its run commits nothing more: its step rolls back, its log and its end are refused", async () => {
  const meet: { arrived?: () => void; go?: () => void } = {};
  const arrived = new Promise<void>((resolve) => {
    meet.arrived = resolve;
  });
  const go = new Promise<void>((resolve) => {
    meet.go = resolve;
  });
  let times = 0;
  const slow = defineRun<Record<string, never>, number>({
    kind: "slow",
    unit: "marks",
    phases: ["mark"],
    run: async (context) => {
      times += 1;
      const first = times === 1;
      await context.step(async (client) => {
        await client.query("insert into marks values ($1, $2, $3)", [context.id, 1, context.epoch]);
        if (first) {
          meet.arrived?.();
          await go;
        }
        return 1;
      });
      return "done";
    },
  });
  worker("zombie", [slow]);
  const id = await inTransaction(database.pool, (client) => createRun(client, slow, { requestedBy: "t", input: {} }));
  await arrived;
  // As if it had slept through its lease and another had taken the run, while the step is open.
  await database.pool.query(
    "update runs set epoch = epoch + 1, owner = 'successor', lease_expires_at = clock_timestamp() where id = $1",
    [id],
  );
  meet.go?.();
  await inState(id, "succeeded");
  const { rows } = await database.pool.query("select epoch from marks where run = $1", [id]);
  expect(rows).toEqual([{ epoch: 3n }]);
});

test("a run that is lost ten times without finishing a step is given up, and says so", async () => {
  const { rows } = await database.pool.query(
    `insert into runs (kind, unit, phases, input, requested_by, state, attempts, started_at)
       values ('marking', 'marks', '{mark}', '{"count": 1}', 't', 'running', 10, clock_timestamp()) returning id`,
  );
  const row = await inState(rows[0].id, "failed");
  expect(JSON.parse(row.error).message).toMatch(/lost or had to be tried again 10 times/);
});

test("a run that waits for what only another worker can bring is not given up, and says so once", async () => {
  let tries = 0;
  const picky = defineRun<Record<string, never>, number>({
    kind: "picky",
    unit: "marks",
    phases: ["mark"],
    run: async () => {
      tries += 1;
      if (tries < 3) throw new Unavailable("This worker has other code; it waits for one that has it.");
      return "done";
    },
  });
  const { rows } = await database.pool.query(
    `insert into runs (kind, unit, phases, input, requested_by, state, attempts, started_at)
       values ('picky', 'marks', '{mark}', '{}', 't', 'running', 9, clock_timestamp()) returning id`,
  );
  worker("first", [picky]);
  await inState(rows[0].id, "succeeded");
  expect(tries).toBe(3);
  const { rows: said } = await database.pool.query("select message from run_log where run = $1", [rows[0].id]);
  expect(said).toEqual([{ message: "waits: This worker has other code; it waits for one that has it." }]);
});

test("losses are counted from the last thing that stands: what a kind commits by itself counts like a step, and so does coming to a question", async () => {
  const looks: { readonly at: string; readonly attempts: number }[] = [];
  const self = defineRun<Record<string, never>, number>({
    kind: "self-committing",
    unit: "marks",
    phases: ["mark", "ask"],
    run: async (context) => {
      const look = async (at: string) => looks.push({ at, attempts: (await runRow(context.id)).attempts });
      await look("begun");
      context.progress({ phase: "mark", done: 1 });
      await context.kept();
      await look("kept");
      await database.pool.query("update runs set attempts = 9 where id = $1", [context.id]);
      await context.awaitDecision("Which?", async () => {
        await look("asked");
        await database.pool.query("update runs set decision = 'that' where id = $1", [context.id]);
        return false;
      });
      return "done";
    },
  });
  const { rows } = await database.pool.query(
    `insert into runs (kind, unit, phases, input, requested_by, state, attempts, started_at)
       values ('self-committing', 'marks', '{mark,ask}', '{}', 't', 'running', 9, clock_timestamp()) returning id`,
  );
  worker("first", [self]);
  await inState(rows[0].id, "succeeded");
  const seen = (at: string) => looks.find((look) => look.at === at)?.attempts;
  expect([seen("begun"), seen("kept"), seen("asked")]).toEqual([10, 0, 0]);
});

test("the log tells of each phase, however short, when it began and ended: once, whoever goes on with it", async () => {
  const id = await ask({ input: { count: 5, fail: 4 } });
  worker("first");
  await inState(id, "failed");
  await database.pool.query(`update runs set input = '{"count": 5}' where id = $1`, [id]);
  await tell((client) => resumeRun(client, id, "ann"));
  await inState(id, "succeeded");
  const { rows } = await database.pool.query("select message from run_log where run = $1 order by line", [id]);
  expect(rows.map(({ message }) => message)).toEqual([
    ...["asked for by tester", "phase mark", "mark 4 cannot be made", "resumed by ann"],
    ...["phase mark ended", "phase tidy", "phase tidy ended"],
  ]);
});

test("the log of a run keeps its newest lines only", async () => {
  const id = await ask({ input: { count: 0 } });
  await inState(id, "succeeded");
  await database.pool.query("update runs set log_lines = 5000 where id = $1", [id]);
  await writeLine(database.pool, id, "info", "newest \0");
  const { rows } = await database.pool.query("select min(line) as least, count(*) as n from run_log where run = $1", [
    id,
  ]);
  expect(rows).toEqual([{ least: 5001n, n: 1n }]);
  expect(5001 - LOG_LINES).toBeGreaterThan(2);
});
