import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { createRun } from "@/lib/runs/create-run";
import type { RunKind } from "@/lib/runs/run";
import { executeRuns } from "@/lib/runs/run-executor";
import { scanRun } from "@/lib/shred/scan-run";
import { createLogger } from "@/lib/telemetry/logger";
import { appendRaw, type RawEvent } from "@/lib/testing/append-raw";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { memberCatalog } from "@/lib/testing/member-domain";
import { createMemoryKeys } from "@/lib/testing/memory-keys";

let database: TestDatabase;
let kind: RunKind;
beforeAll(async () => {
  database = await createTestDatabase();
  kind = scanRun(memberCatalog(createMemoryKeys()));
  const many = Array.from({ length: 2_300 }, (_, n): RawEvent => {
    return {
      stream: `thing-${n % 40}`,
      type: "Moved",
      data: n % 1_000 === 7 ? { note: `ask p${n}@example.org` } : { n },
    };
  });
  const others: RawEvent[] = [
    {
      stream: "member-1",
      type: "Joined",
      schemaVersion: 2,
      data: { memberId: "1", email: "plain@example.org", invitedBy: null },
    },
    { stream: "thing-1", type: "Called", data: { by: [{ "49": "+49 40 123456" }] } },
    { stream: "thing-1", type: "Renamed2", data: { nick: "Adalbert" } },
    // Larger than a step: it is looked at alone.
    ...Array.from(
      { length: 6 },
      (): RawEvent => ({ stream: "big-1", type: "Filled", data: { text: "x".repeat(1_000_000) } }),
    ),
  ];
  for (let at = 0; at < many.length; at += 500) await appendRaw(database.pool, many.slice(at, at + 500));
  for (const event of others) await appendRaw(database.pool, [event]);
  await database.pool.query("select * from advance_high_water('test')");
});
afterAll(() => database.close());

const ALL = [
  { type: "Moved", path: "note", sign: "e-mail-address", events: 3 },
  { type: "Joined", path: "email", sign: "declared-and-plain", events: 1 },
  { type: "Called", path: "by.*.*", sign: "phone-number", events: 1 },
  { type: "Renamed2", path: "nick", sign: "named-as-personal", events: 1 },
];

/** Carries the run out to its end by a worker. */
async function scan() {
  const stop = new AbortController();
  const log = createLogger("test", { level: "silent" });
  const run = await inTransaction(database.pool, (client) =>
    createRun(client, kind, { input: {}, requestedBy: "test" }),
  );
  const working = executeRuns({ pool: database.pool, kinds: [kind], worker: "w", signal: stop.signal, log });
  try {
    return await eventually(async () => {
      const { rows } = await database.pool.query("select state, error, result, problems from runs where id = $1", [
        run,
      ]);
      return ["succeeded", "failed"].includes(rows[0]?.state) && rows[0];
    });
  } finally {
    stop.abort();
    await working;
  }
}

/** Carries it out by hand; the process is killed after each step, and another one goes on from the checkpoint. */
async function scanKilled(): Promise<{ readonly result: unknown; readonly steps: number }> {
  const killed = new Error("killed");
  let checkpoint: unknown = null;
  let steps = 0;
  const context = {
    ...{ id: 1n, subject: null, input: {}, epoch: 1n, signal: new AbortController().signal },
    get checkpoint() {
      return checkpoint;
    },
    step: async (work: (client: pg.PoolClient) => Promise<unknown>) => {
      checkpoint = JSON.parse(JSON.stringify(await inTransaction(database.pool, work)));
      steps += 1;
      throw killed;
    },
    progress: () => undefined,
    kept: async () => undefined,
    ...{ log: async () => undefined, wait: async () => undefined, pace: async () => undefined },
    awaitDecision: async () => "",
  };
  for (;;) {
    try {
      return { result: await kind.run?.(context), steps };
    } catch (error) {
      if (error !== killed) throw error;
    }
  }
}

test("what seems personal in plain text is told by type, path and count, never by value, in bounded steps that survive a kill after each", async () => {
  const done = await scan();
  expect(done).toMatchObject({ state: "succeeded", problems: 4n });
  const result = JSON.parse(done.result);
  expect(result).toEqual({
    events: 2_309,
    found: ALL.map((finding) => ({ ...finding, first: expect.stringMatching(/^\d+$/) })),
    more: false,
  });
  const resumed = await scanKilled();
  expect(resumed.result).toEqual(result);
  // One to begin, three for the thousands; the large ones are not looked at together.
  expect(resumed.steps).toBeGreaterThan(4);
  const { rows } = await database.pool.query("select message from run_log");
  const said = rows.map(({ message }) => String(message)).join("\n");
  expect(said).toContain("Moved note: holds e-mail addresses (3 events, the first at position");
  expect(said + done.result).not.toMatch(/example\.org|123456|Adalbert/);
});
