import { afterEach, beforeEach, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { registerProjections } from "@/lib/projections/register-projections";
import { createRun } from "@/lib/runs/create-run";
import { executeRuns } from "@/lib/runs/run-executor";
import { pauseRun, resumeRun, throttleRun } from "@/lib/runs/steer-run";
import { createLogger } from "@/lib/telemetry/logger";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { counterCatalog, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker } from "@/lib/testing/start-workers";
import { type RebuildInput, rebuildClaim, rebuildRun } from "./rebuild-run";

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ max: 20 });
  await registerProjections(database.pool, [counterTotals], counterCatalog);
});
afterEach(() => database.close());

const kindOf = (projection: FoldProjection) => rebuildRun(database.pool, [projection], counterCatalog);
const count = (streams: number, from = 0) =>
  appendRaw(
    database.pool,
    Array.from({ length: streams }, (_, n) => ({
      ...{ stream: `counter-${from + n}`, type: "Counted", data: { by: n + 1, bucket: "b", note: null } },
    })),
  );
const begin = (more: Partial<RebuildInput>, throttle: number | null = null) =>
  inTransaction(database.pool, (client) =>
    createRun(client, kindOf(counterTotals), {
      ...{ subject: "counter-totals", claim: rebuildClaim("counter-totals", 1), requestedBy: "test", throttle },
      input: { projection: "counter-totals", version: 1, promote: "ask", ...more } satisfies RebuildInput,
    }),
  );

type Run = {
  readonly state: string;
  readonly phase: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number | null;
  readonly detail: string | null;
  readonly error: string | null;
};
const until = (id: bigint, seen: (run: Run) => boolean, what: string) =>
  eventually(
    async () => {
      const { rows } = await database.pool.query<Run>(
        "select state, phase, unit, done::float8 as done, total::float8 as total, detail, error::text as error from runs where id = $1",
        [id],
      );
      const [run] = rows;
      expect(run?.error ?? null).toBeNull();
      return run && seen(run) ? run : undefined;
    },
    { deadlineMs: 60_000, what },
  );
const told = <T>(act: (client: Parameters<typeof pauseRun>[0]) => Promise<T>) => inTransaction(database.pool, act);

test("a rebuild keeps to its throttle, stands still where it was paused, and resumed it goes on from there", async () => {
  await count(1_000);
  await count(200, 1_000);
  const worker = startWorker(database, "w", [counterTotals]);
  try {
    await caughtUp(database.pool);
    const id = await begin({ scope: { kind: "slices", from: 0, to: 1_024 } }, 50);
    const throttled = await until(id, ({ done }) => done > 0, "the first streams");
    expect(throttled).toMatchObject({ phase: "replay", unit: "streams", done: 500, total: 1_200, state: "running" });
    await told((client) => pauseRun(client, id, "test"));
    await until(id, ({ state }) => state === "paused", "the pause");
    const stands = async () => {
      const { rows } = await database.pool.query<{ refolded: number }>(
        "select (replayed ->> 'refolded')::int as refolded from consumer_generations where generation = 2",
      );
      return rows[0]?.refolded;
    };
    expect(await stands()).toBe(500);

    // 500 streams of one event each before the next look: at 500 a second that takes a second.
    await told((client) => throttleRun(client, [kindOf(counterTotals)], id, 500));
    const resumed = performance.now();
    await told((client) => resumeRun(client, id, "test"));
    await until(id, ({ phase }) => phase !== "replay", "the end of the replay");
    expect(performance.now() - resumed).toBeGreaterThan(1_000);
    await until(id, ({ state }) => state === "awaiting-decision", "the comparison");
    expect(await readModelOf(database.pool, counterTotals, 2)).toEqual(
      await foldLog(database.pool, counterCatalog, counterTotals),
    );
  } finally {
    await worker.stop();
  }
}, 90_000);

test("told to promote when nothing differs, it asks when something does", async () => {
  await count(50);
  const worker = startWorker(database, "w", [counterTotals]);
  try {
    await caughtUp(database.pool);
    await until(await begin({ promote: "when-equal" }), ({ state }) => state === "succeeded", "the promotion");
    await database.owner.query("update tidemark_read.counter_totals_g2 set total = 0 where key = 'counter-7'");
    const asked = await until(
      await begin({ promote: "when-equal" }),
      ({ state }) => ["awaiting-decision", "succeeded"].includes(state),
      "the comparison",
    );
    expect(asked).toMatchObject({
      state: "awaiting-decision",
      detail: expect.stringContaining("49 of 50 rows are equal"),
    });
  } finally {
    await worker.stop();
  }
}, 90_000);

test("a rebuild that nobody follows says that it will not catch up, and does once somebody does", async () => {
  const next: FoldProjection = { ...counterTotals, version: 2 };
  const old = startWorker(database, "old", [counterTotals]);
  const stop = new AbortController();
  await count(50);
  await registerProjections(database.pool, [next], counterCatalog);
  // Beyond the mark that the rebuild has frozen: only workers bring the new generation there.
  await count(50);
  await caughtUp(database.pool);
  const log = createLogger("test", { level: "silent" });
  const kinds = [kindOf(next)];
  const runs = executeRuns({ pool: database.pool, kinds, worker: "runs only", signal: stop.signal, log });
  try {
    const { rows } = await database.pool.query<{ id: bigint }>("select id from runs");
    const id = rows[0]?.id ?? 0n;
    await until(id, ({ detail }) => detail === "will not catch up: no worker follows it", "the truth");
    const young = startWorker(database, "young", [next]);
    await until(id, ({ state }) => state === "awaiting-decision", "catching up").finally(() => young.stop());
  } finally {
    stop.abort();
    await Promise.all([runs, old.stop()]);
  }
}, 90_000);
