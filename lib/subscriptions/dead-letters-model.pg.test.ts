import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { appendRaw } from "@/lib/testing/append-raw";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createApplied, NOTED, recordingConsumer } from "@/lib/testing/recording-consumer";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await createApplied(database.owner);
});
afterAll(() => database.close());

const ATTEMPTS = 3;
const STREAMS = 4;
const breaker = { perMinute: 1_000_000, share: 1, atLeast: 1_000_000, open: 1_000_000 };

/** What may happen, in any order. Notes `p0` to `p3` are poison while they are in the set. */
type Step =
  | { readonly kind: "append"; readonly events: readonly (readonly [stream: number, poison: number | null])[] }
  | { readonly kind: "poison" | "cure"; readonly note: number }
  | { readonly kind: "retry" | "skip" }
  | { readonly kind: "restart" | "steal" | "look" };

const note = fc.integer({ min: 0, max: 3 });
const event = fc.tuple(
  fc.integer({ min: 0, max: STREAMS - 1 }),
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, note),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      events: fc.array(event, { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("poison" as const, "cure" as const), note }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("retry" as const, "skip" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "steal" as const, "look" as const) }) },
);

let run = 0;

test("whatever is parked, retried, skipped, restarted and stolen: each event is applied once and in the order of its stream, or skipped, and nothing passes an unfinished one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 4, maxLength: 14 }),
      fc.constantFrom("memory", "transaction"),
      async (steps, fails) => {
        const name = `model-${++run}`;
        const poison = new Set(["p0", "p1"]);
        const policy = { attempts: ATTEMPTS, retryMs: 5, breaker };
        const consumer = await recordingConsumer(database.pool, { name, fails, poison, policy });
        const world = worldOf(name, consumer, poison);
        try {
          for (const each of steps) await world.take(each);
          poison.clear();
          await world.drain();
          await world.expectDone();
        } finally {
          await world.stop();
          await database.pool.query("delete from consumers where name = $1", [name]);
        }
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
}, 120_000);

function worldOf(name: string, consumer: Consumer, poison: Set<string>) {
  const { pool } = database;
  const stream = (n: number) => `${name.replace("-", "")}-${n}`;
  let stopping = new AbortController();
  let ended = begin();

  function begin(): Promise<void> {
    const { signal } = stopping;
    const log = createLogger("test", { level: "silent" });
    return runWorker({
      url: database.url,
      pool,
      consumers: [consumer],
      workerId: `${name}-${Math.random()}`,
      signal,
      log,
    });
  }
  async function stop(): Promise<void> {
    stopping.abort();
    await ended;
  }

  /** Every event at or below its partition's checkpoint is applied, skipped, or held by an open letter: in one snapshot. */
  async function look(): Promise<void> {
    const { rows } = await pool.query(
      `select e.stream, e.version from consumer_partitions p
         join events e on e.slice >= p.slice_from and e.slice < p.slice_to and e.position <= p.checkpoint and e.stream like $2
        where p.consumer = $1
          and not exists (select from applied a where a.consumer = $1 and a.stream = e.stream and a.version = e.version)
          and not exists (select from dead_letters d where d.consumer = $1 and d.stream = e.stream and case when d.closed_at is null
                            then d.version <= e.version and e.version > coalesce(d.through, 0)
                            else d.state = 'skipped' and d.version = e.version end)
          and not exists (select from dead_letters d where d.consumer = $1 and d.stream = e.stream and d.outcome = 'skipped' and d.version = e.version)`,
      [name, `${stream(0).slice(0, -1)}%`],
    );
    expect(rows).toEqual([]);
    const tries = await pool.query(
      "select max(attempts) as most from dead_letters where consumer = $1 and state = 'retrying'",
      [name],
    );
    expect(tries.rows[0].most ?? 0).toBeLessThan(ATTEMPTS);
  }

  return {
    stop,
    async take(each: Step): Promise<void> {
      if (each.kind === "append") {
        await appendRaw(
          pool,
          each.events.map(([n, bad]) => ({
            stream: stream(n),
            type: NOTED,
            data: { note: bad === null ? "good" : `p${bad}` },
          })),
        );
      } else if (each.kind === "poison") poison.add(`p${each.note}`);
      else if (each.kind === "cure") poison.delete(`p${each.note}`);
      else if (each.kind === "retry" || each.kind === "skip") {
        await pool.query(
          "update dead_letters set wanted = $2 where consumer = $1 and closed_at is null and outcome is null and wanted is null",
          [name, each.kind],
        );
      } else if (each.kind === "restart") {
        await stop();
        stopping = new AbortController();
        ended = begin();
      } else if (each.kind === "steal") {
        await pool.query("update consumer_partitions set epoch = epoch + 1, owner = null where consumer = $1", [name]);
      }
      await look();
    },
    /** Everything is read, and every letter is closed. */
    async drain(): Promise<void> {
      await eventually(
        async () => {
          await pool.query(
            "update dead_letters set wanted = 'retry' where consumer = $1 and closed_at is null and outcome is null and wanted is null",
            [name],
          );
          const { rows } = await pool.query(
            `select (select count(*) from dead_letters where consumer = $1 and closed_at is null)
                  + (select count(*) from consumer_partitions where consumer = $1 and checkpoint < (select coalesce(max(position), 0) from events)) as left`,
            [name],
          );
          return rows[0].left === 0n;
        },
        { deadlineMs: 20_000, what: "everything to be applied" },
      );
    },
    /** In each stream, applied is all but skipped, in order; the table's key refuses what is applied twice. */
    async expectDone(): Promise<void> {
      await look();
      const { rows } = await pool.query(
        `select e.stream, array_agg(e.version order by e.version) as wanted,
                (select array_agg(a.version order by a.n) from applied a where a.consumer = $1 and a.stream = e.stream) as got
           from events e where e.stream like $2
            and not exists (select from dead_letters d where d.consumer = $1 and d.stream = e.stream and d.version = e.version and d.state = 'skipped')
          group by 1`,
        [name, `${stream(0).slice(0, -1)}%`],
      );
      for (const { wanted, got } of rows) expect(got).toEqual(wanted);
    },
  };
}
