import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { assignLetters } from "@/lib/operations/assign-letters";
import type { OperationContext } from "@/lib/operations/operation";
import { retryLetters, skipLetters } from "@/lib/operations/order-letters";
import { snoozeLetters, wakeLetters } from "@/lib/operations/snooze-letters";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { deadLetterGroup, listDeadLetterGroups } from "@/lib/queries/dead-letter-groups";
import { countDeadLetters } from "@/lib/queries/dead-letters";
import { listProjections } from "@/lib/queries/list-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { counterCatalog, counterTotals, poison } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";

let database: TestDatabase;
let worker: TestWorker | undefined;
const breaker = { perMinute: 1_000_000, share: 1, atLeast: 1_000_000, open: 1_000_000 };
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, [counterTotals], counterCatalog);
});
afterEach(async () => {
  const { pool } = database;
  const { groups } = await listDeadLetterGroups(ann(), {});
  poison.clear();
  for (const { group } of groups) await retryLetters(ann(), { group });
  await worker?.stop();
  worker = undefined;
  await pool.query("delete from workers");
});
afterAll(() => database.close());

function start(build = "build-1"): void {
  worker = startWorker(database, `worker-${build}`, [counterTotals], { attempts: 1, breaker }, build);
}

function ann(): OperationContext {
  const { pool } = database;
  return {
    pool,
    reads: createReadDatabase(pool),
    catalog: counterCatalog,
    store: createEventStore({ pool }),
    consumers: projectionConsumers([counterTotals], counterCatalog),
    build: "now",
    safety: "open",
    principal: { id: "ann", role: "operator", via: "token" },
    requestId: "r-1",
  } as unknown as OperationContext;
}

/** Sets one event of each stream aside; resolves with their cause when all are parked. */
async function park(...streams: readonly string[]): Promise<string> {
  poison.add("bad");
  const open = (await countDeadLetters(ann())).count;
  await appendRaw(
    database.pool,
    streams.map((stream) => ({ stream, type: "Counted", data: { by: 1, bucket: "b", note: "bad" } })),
  );
  return eventually(async () => {
    const { groups } = await listDeadLetterGroups(ann(), {});
    const [group] = groups;
    return group?.parked === open + streams.length ? group.group : undefined;
  });
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

test("a cause is assigned to a person, found by that person, and nobody's again when it comes back after it was settled", async () => {
  start();
  const group = await park("counter-a1", "counter-a2");
  expect(await assignLetters(ann(), { group, assignee: "  bob " })).toMatchObject({
    assignee: "bob",
    assignedBy: "ann",
  });
  expect((await listDeadLetterGroups(ann(), { assignee: "bob" })).groups).toHaveLength(1);
  expect((await listDeadLetterGroups(ann(), { assignee: "eve" })).groups).toEqual([]);
  expect(await assignLetters(ann(), { group, assignee: "" })).toMatchObject({ assignee: null, assignedAt: null });
  await assignLetters(ann(), { group, assignee: "bob" });

  poison.clear();
  await retryLetters(ann(), { group });
  await expect(assignLetters(ann(), { group, assignee: "bob" })).rejects.toThrow("group of open dead letters");
  await park("counter-a3");
  expect(await deadLetterGroup(ann(), group)).toMatchObject({ count: 1, assignee: null });
});

test("a snoozed cause leaves what needs attention until its time, still waits, and is told of again when it comes anew", async () => {
  start();
  const group = await park("counter-s1");
  await expect(snoozeLetters(ann(), { group, until: "2020-01-01T00:00:00Z" })).rejects.toThrow("must be in the future");
  await expect(snoozeLetters(ann(), { group, until: "2099-01-01T00:00:00Z" })).rejects.toThrow("within 90 days");
  await expect(wakeLetters(ann(), { group })).rejects.toMatchObject({ code: "conflict" });

  const snoozed = await snoozeLetters(ann(), { group, until: inAnHour(), reason: "the vendor knows" });
  expect(snoozed.snoozed).toMatchObject({ by: "ann", until: expect.stringMatching(/^20\d\d-/) });
  expect(await countDeadLetters(ann())).toMatchObject({ count: 1, parked: 0, snoozed: 1 });
  const parkedOf = async () => (await listProjections(ann())).projections[0]?.parked;
  expect(await parkedOf()).toEqual({ waiting: 1, retrying: 0, snoozed: 1 });
  await park("counter-s2");
  expect(await countDeadLetters(ann())).toMatchObject({ count: 2, parked: 0, snoozed: 2 });

  expect(await wakeLetters(ann(), { group })).toMatchObject({ snoozed: null });
  expect(await countDeadLetters(ann())).toMatchObject({ parked: 2, snoozed: 0 });

  await snoozeLetters(ann(), { group, until: inAnHour() });
  await database.pool.query("update dead_letter_groups set snoozed_until = clock_timestamp()");
  expect((await deadLetterGroup(ann(), group)).snoozed).toBeNull();

  await snoozeLetters(ann(), { group, until: inAnHour() });
  poison.clear();
  await retryLetters(ann(), { group });
  await park("counter-s3");
  expect(await countDeadLetters(ann())).toMatchObject({ parked: 1, snoozed: 0 });
  expect((await deadLetterGroup(ann(), group)).snoozed).toBeNull();
});

test("what is snoozed until the next deploy sleeps through restarts of the same build and wakes with the first worker of another", async () => {
  start("build-1");
  const group = await park("counter-d1");
  expect(await snoozeLetters(ann(), { group, until: "next-deploy" })).toMatchObject({
    snoozed: { until: "next-deploy" },
  });
  await worker?.stop();
  start("build-1");
  await eventually(async () => {
    const { rows } = await database.pool.query("select from workers where stopped_at is null and seen_at > started_at");
    return rows.length > 0;
  });
  expect((await deadLetterGroup(ann(), group)).snoozed).not.toBeNull();
  await worker?.stop();
  start("build-2");
  await eventually(async () => (await deadLetterGroup(ann(), group)).snoozed === null);
  expect(await countDeadLetters(ann())).toMatchObject({ parked: 1, snoozed: 0 });
});

test("skipping does exactly what its preview said, or nothing", async () => {
  start();
  const group = await park("counter-p1", "counter-p2");
  const asked = { group, reason: "no such product", confirm: group };
  const seen = await skipLetters.preview(ann(), asked);
  expect(seen.preview).toMatchObject({
    consumers: ["counter-totals"],
    streams: 2,
    blocked: { count: 0, more: false },
  });
  await park("counter-p3");
  const refused = await skipLetters(ann(), { ...asked, approved: seen.hash }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "preview-changed", facts: { preview: { streams: 3 } } });
  expect(await deadLetterGroup(ann(), group)).toMatchObject({ count: 3, parked: 3, ordered: 0 });

  const { hash } = await skipLetters.preview(ann(), { ...asked, confirm: "", reason: "only looked at" });
  expect(await skipLetters(ann(), { ...asked, approved: hash })).toMatchObject({ ordered: 3, skipped: 3 });
});

test("the spark of a cause counts each of its open letters once, in the step of time in which it came", async () => {
  start();
  const group = await park("counter-t1", "counter-t2", "counter-t3");
  await database.pool.query(
    "update dead_letters set first_at = now() - interval '24 hours' where closed_at is null and stream = 'counter-t1'",
  );
  await database.pool.query(
    "update dead_letters set first_at = now() - interval '330 minutes' where closed_at is null and stream = 'counter-t2'",
  );
  const { arrivals } = await deadLetterGroup(ann(), group);
  expect(arrivals?.letters).toBe(3);
  expect(arrivals?.steps.flatMap((letters, step) => (letters > 0 ? [[step, letters]] : []))).toEqual([
    [0, 1],
    [18, 1],
    [23, 1],
  ]);
});
