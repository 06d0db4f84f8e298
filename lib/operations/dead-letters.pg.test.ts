import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { dryRunLetters } from "@/lib/operations/dry-run-letters";
import type { OperationContext } from "@/lib/operations/operation";
import { retryLetters, skipLetters } from "@/lib/operations/order-letters";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { deadLetterGroup, listDeadLetterGroups } from "@/lib/queries/dead-letter-groups";
import { deadLetter, listDeadLetters } from "@/lib/queries/dead-letters";
import { appendRaw } from "@/lib/testing/append-raw";
import { bucketTotals, counterCatalog, counters, counterTotals, poison } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";

let database: TestDatabase;
let worker: TestWorker | undefined;
// Many letters at once, on purpose.
const breaker = { perMinute: 1_000_000, share: 1, atLeast: 1_000_000, open: 1_000_000 };
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, counters.projections, counterCatalog);
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});
afterAll(() => database.close());

function start(): void {
  worker = startWorker(database, "worker", counters.projections, { attempts: 1, breaker });
}

function contextOf(operator: string): OperationContext {
  const { pool } = database;
  return {
    pool,
    reads: createReadDatabase(pool),
    catalog: counterCatalog,
    store: createEventStore({ pool }),
    consumers: projectionConsumers(counters.projections, counterCatalog),
    build: "now",
    safety: "open",
    principal: { id: operator, role: "operator", via: "token" },
    requestId: "r-1",
  } as unknown as OperationContext;
}
const ann = () => contextOf("ann");
const bob = () => contextOf("bob");

async function park(streams: readonly string[], note = "bad"): Promise<void> {
  poison.add(note);
  const event = (stream: string, text: string | null) => ({
    stream,
    type: "Counted",
    data: { by: 1, bucket: "b", note: text },
  });
  await appendRaw(
    database.pool,
    streams.flatMap((stream) => [event(stream, null), event(stream, note), event(stream, null)]),
  );
}

/** The open letters of one projection, when everything has been read and each that fails is parked. */
async function parked(consumer: string, count: number) {
  return eventually(
    async () => {
      const { letters } = await listDeadLetters(ann(), { consumer, limit: 500 });
      const { rows } = await database.pool.query(
        "select 1 from consumer_partitions where checkpoint < (select max(position) from events where type = 'Counted')",
      );
      return rows.length === 0 && letters.length === count && letters.every(({ state }) => state === "parked")
        ? letters
        : undefined;
    },
    { deadlineMs: 30_000 },
  );
}

async function everything(): Promise<string> {
  const { rows } = await database.pool.query<{ all: string }>(
    `select md5(concat((select json_agg(t order by t.key) from tidemark_read.counter_totals t),
                       (select json_agg(t order by t.stream) from tidemark_read.counter_effects t),
                       (select json_agg(d order by d.id) from dead_letters d),
                       (select json_agg(p.checkpoint order by p.consumer, p.partition) from consumer_partitions p),
                       (select max(version) from streams), (select count(*) from events))) as all`,
  );
  return rows[0]?.all ?? "";
}

test("a dry run says which would pass with the code of now, of a fold and of a handler, and changes nothing", async () => {
  start();
  await park(["counter-1", "counter-2"]);
  await park(["counter-3"], "worse");
  const folds = await parked("counter-totals", 3);
  const handlers = await parked("counter-effects", 3);
  await worker?.stop();
  const before = await everything();

  const group = folds[0]?.group ?? "";
  expect(folds.map((letter) => letter.group)).toEqual([group, group, group]);
  expect(await dryRunLetters(ann(), { group })).toMatchObject({ build: "now", passing: 0, failing: 3 });
  poison.delete("bad");
  for (const letters of [folds, handlers]) {
    const tried = await dryRunLetters(ann(), { ids: letters.map(({ id }) => id) });
    expect(tried).toMatchObject({ passing: 2, failing: 1, more: false });
    // Partitions park side by side, so that the order of letters of different streams is anybody's.
    const passingFirst = [...tried.letters].sort((a, b) => Number(b.passes) - Number(a.passes));
    expect(passingFirst.map(({ passes, tried: events, stopsAt }) => [passes, events, stopsAt?.failure.name])).toEqual([
      [true, 2, undefined],
      [true, 2, undefined],
      [false, 2, "RangeError"],
    ]);
  }
  expect(await everything()).toBe(before);

  start();
  const retried = await retryLetters(ann(), { group, only: "passing", reason: "corrected" });
  expect(retried).toMatchObject({ ordered: 2, retried: 2, failed: 0, waiting: 0, observed: true });
  const again = await retryLetters(ann(), { group });
  expect(again).toMatchObject({ ordered: 1, failed: 1, observed: true });
  expect(await deadLetterGroup(ann(), group)).toMatchObject({
    count: 1,
    parked: 1,
    streams: 1,
    blocked: { count: 1, more: false },
  });
  poison.clear();
  await retryLetters(ann(), { ids: (await listDeadLetters(ann(), {})).letters.map(({ id }) => id) });
  expect((await listDeadLetterGroups(ann(), {})).groups).toEqual([]);
  expect(await readModelOf(database.pool, counterTotals)).toEqual(
    await foldLog(database.pool, counterCatalog, counterTotals),
  );
});

test("skipping needs a reason and the typed name; the event is then never applied, and what waited behind it is", async () => {
  start();
  await park(["counter-skip"]);
  const [letter] = await parked("counter-effects", 1);
  const id = letter?.id ?? "";
  await expect(skipLetters(ann(), { ids: [id], confirm: "counter-skip" } as never)).rejects.toThrow("reason");
  await expect(skipLetters(ann(), { ids: [id], reason: "x", confirm: "counter-other" })).rejects.toThrow(
    "confirm with the name counter-skip",
  );
  const skipped = await skipLetters(ann(), {
    ids: [`DL-${id}`],
    reason: "no such product",
    ticket: "INC-7",
    confirm: "counter-skip",
  });
  expect(skipped).toMatchObject({ ordered: 1, skipped: 1, observed: true });
  expect(await deadLetter(ann(), id)).toMatchObject({
    state: "skipped",
    wantedBy: "ann",
    reason: "no such product",
    ticket: "INC-7",
  });
  const { rows } = await database.pool.query(
    "select effects from tidemark_read.counter_effects where stream = 'counter-skip'",
  );
  expect(rows).toEqual([{ effects: 2 }]);
  const audit = await database.pool.query(
    "select data from events where stream = 'operations-audit' order by version desc limit 3",
  );
  expect(audit.rows.map(({ data }) => JSON.parse(data).summary).join("\n")).toContain("counter-skip");
  poison.clear();
  const [other] = await parked("counter-totals", 1);
  await retryLetters(ann(), { ids: [other?.id ?? ""] });
});

/** Orders a skip of a letter while its event is being tried again, then lets that try go on, as `end` leaves the table. */
async function skipDuringRetry(stream: string, end: (table: string) => string) {
  worker = startWorker(database, "worker", counters.projections, { attempts: 3, retryMs: 200, breaker });
  await park([stream]);
  const letter = await eventually(
    async () => (await listDeadLetters(ann(), { consumer: "counter-effects" })).letters[0],
  );
  const table = `tidemark_read.counter_effects_g${letter.generation}`;
  // Whoever tries the event stands still where it would be written.
  const holder = await database.owner.connect();
  try {
    await holder.query(`begin; lock table ${table} in access exclusive mode`);
    poison.clear();
    await eventually(async () => {
      const sql = "select from pg_locks where relation = $1::regclass and not granted";
      return ((await database.owner.query(sql, [table])).rowCount ?? 0) > 0;
    });
    const skipping = skipLetters(ann(), { ids: [letter.id], reason: "gone", confirm: stream }).catch((error) => error);
    await eventually(async () => (await deadLetter(ann(), letter.id)).wanted === "skip");
    await holder.query(`${end(table)}; commit`);
    return { letter: letter.id, table, answer: await skipping };
  } finally {
    await holder.query("rollback");
    holder.release();
  }
}

const effectsOf = async (stream: string) => {
  const sql = "select effects from tidemark_read.counter_effects where stream = $1";
  return (await database.pool.query<{ effects: number }>(sql, [stream])).rows[0]?.effects;
};

test("a skip that is ordered while the event is applied is refused with what happened, and stands nowhere as done", async () => {
  const { letter, answer } = await skipDuringRetry("counter-late-skip", () => "select 1");
  expect(answer).toMatchObject({ code: "conflict", message: expect.stringContaining("retried with success") });
  const closed = await eventually(async () => {
    const found = await deadLetter(ann(), letter);
    return found.state === "retried" ? found : undefined;
  });
  expect(closed).toMatchObject({ wanted: null, wantedBy: null, reason: null });
  expect(await effectsOf("counter-late-skip")).toBe(3);
  const { rows } = await database.pool.query(
    "select type, data::json ->> 'outcome' as outcome from events where stream = 'operations-audit' order by version desc limit 2",
  );
  expect(rows).toEqual([
    { type: "OperationRefused", outcome: "refused" },
    { type: "DeadLetterSkipOrdered", outcome: "done" },
  ]);
  for (const consumer of ["counter-effects", "counter-totals"]) await parked(consumer, 0);
});

test("a skip that is ordered while the event fails once more is carried out", async () => {
  const refuse = (table: string) =>
    `alter table ${table} add constraint no_more check (stream <> 'counter-skip-on' or effects < 2) not valid`;
  const { letter, table, answer } = await skipDuringRetry("counter-skip-on", refuse);
  await database.owner.query(`alter table ${table} drop constraint no_more`);
  expect(answer).toMatchObject({ ordered: 1 });
  const closed = await eventually(async () => {
    const found = await deadLetter(ann(), letter);
    return found.closedAt === null ? undefined : found;
  });
  expect(closed).toMatchObject({ state: "skipped", wantedBy: "ann", reason: "gone" });
  for (const consumer of ["counter-effects", "counter-totals"]) await parked(consumer, 0);
});

test("500 races of two operators for one letter: each time one wins, the other gets 409, and no effect is doubled", async () => {
  start();
  const streams = Array.from({ length: 500 }, (_, n) => `counter-race-${n}`);
  await park(streams);
  const letters = await parked("counter-effects", 500);
  await parked("counter-totals", 500);
  poison.clear();
  // Nobody waits for what comes of it: the worker carries the orders out while further ones are fought for.
  const hurried = (context: OperationContext) => ({ ...context, signal: AbortSignal.abort() });
  const outcomes: string[] = [];
  for (let from = 0; from < letters.length; from += 50) {
    const wave = letters.slice(from, from + 50).flatMap(({ id, stream }, n) => {
      const second =
        n % 2 === 0
          ? skipLetters(hurried(bob()), { ids: [id], reason: "race", confirm: stream })
          : retryLetters(hurried(bob()), { ids: [id] });
      return [retryLetters(hurried(ann()), { ids: [id] }), second].map((act) =>
        act.then(
          () => "won",
          (error: { code?: string }) => error.code ?? String(error),
        ),
      );
    });
    outcomes.push(...(await Promise.all(wave)));
  }
  for (let n = 0; n < outcomes.length; n += 2) {
    expect([outcomes[n], outcomes[n + 1]].sort()).toEqual(["conflict", "won"]);
  }
  await eventually(async () => (await listDeadLetters(ann(), { consumer: "counter-effects" })).letters.length === 0, {
    deadlineMs: 30_000,
  });
  const { rows } = await database.pool.query(
    `select d.stream from dead_letters d join tidemark_read.counter_effects e on e.stream = d.stream
      where d.consumer = 'counter-effects' and d.stream like 'counter-race-%'
        and e.effects <> case d.state when 'retried' then 3 when 'skipped' then 2 end`,
  );
  expect(rows).toEqual([]);
  const group = (await listDeadLetterGroups(ann(), { consumer: "counter-totals" })).groups[0]?.group ?? "";
  await retryLetters(ann(), { group });
  await parked("counter-totals", 0);
  expect(await readModelOf(database.pool, counterTotals)).toEqual(
    await foldLog(database.pool, counterCatalog, counterTotals),
  );
  const sums = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map(({ key, total }) => [key, total]);
  expect(sums(await readModelOf(database.pool, bucketTotals))).toEqual(
    sums(await foldLog(database.pool, counterCatalog, bucketTotals)),
  );
}, 90_000);

test("without a worker an order waits and says so, and the next worker carries it out", async () => {
  start();
  await park(["counter-late"]);
  const letters = await parked("counter-totals", 1);
  await parked("counter-effects", 1);
  await worker?.stop();
  poison.clear();
  const stopped = AbortSignal.timeout(200);
  const ordered = await retryLetters({ ...ann(), signal: stopped }, { ids: [letters[0]?.id ?? ""] });
  expect(ordered).toMatchObject({ ordered: 1, waiting: 1, observed: false });
  start();
  await eventually(async () => (await listDeadLetters(ann(), { consumer: "counter-totals" })).letters.length === 0);
});
