import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { appendRaw } from "@/lib/testing/append-raw";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createApplied, NOTED, type Recording, recordingConsumer } from "@/lib/testing/recording-consumer";

let database: TestDatabase;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await createApplied(database.owner);
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await database.pool.query("delete from consumers");
});
afterAll(() => database.close());

function work(consumers: readonly Consumer[], workerId = "worker"): () => Promise<void> {
  const stopping = new AbortController();
  const log = createLogger("test", { level: "silent" });
  const { url, pool } = database;
  const ended = runWorker({ url, pool, consumers, workerId, signal: stopping.signal, log, build: "test-build" });
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  stops.push(stop);
  return stop;
}

/** A consumer that starts at the end of the log as it is now, so that tests do not meet each other's events. */
async function consumer(name: string, recording: Partial<Recording> & Pick<Recording, "poison">): Promise<Consumer> {
  const made = await recordingConsumer(database.pool, { name, fails: "memory", ...recording });
  await database.pool.query(
    "update consumer_partitions set checkpoint = coalesce((select max(position) from events), 0) where consumer = $1",
    [name],
  );
  return made;
}

let test_number = 0;
function streams(): (n: number | string) => string {
  const own = ++test_number;
  return (n) => `noted-${own}-${n}`;
}

async function append(events: readonly (readonly [stream: string, note: string])[]): Promise<bigint[]> {
  return appendRaw(
    database.pool,
    events.map(([stream, note]) => ({ stream, type: NOTED, data: { note } })),
  );
}

async function appliedTo(name: string, stream: string): Promise<number[]> {
  const { rows } = await database.pool.query<{ version: bigint }>(
    "select version from applied where consumer = $1 and stream = $2 order by n",
    [name, stream],
  );
  return rows.map(({ version }) => Number(version));
}

async function lettersOf(name: string) {
  const { rows } = await database.pool.query(
    `select stream, version::integer as version, state, attempts, outcome, through::integer as through, fingerprint, error, build,
            closed_at is not null as closed from dead_letters where consumer = $1 order by id`,
    [name],
  );
  return rows as {
    stream: string;
    version: number;
    state: string;
    attempts: number;
    outcome: string | null;
    through: number | null;
    fingerprint: string;
    error: string;
    build: string;
    closed: boolean;
  }[];
}

async function order(name: string, wanted: "retry" | "skip"): Promise<void> {
  await database.pool.query("update dead_letters set wanted = $2 where consumer = $1 and closed_at is null", [
    name,
    wanted,
  ]);
}

async function parked(name: string, count: number) {
  return eventually(async () => {
    const letters = await lettersOf(name);
    return letters.filter(({ state }) => state === "parked").length === count ? letters : undefined;
  });
}

async function closed(name: string) {
  return eventually(async () => {
    const letters = await lettersOf(name);
    return letters.length > 0 && letters.every((letter) => letter.closed) ? letters : undefined;
  });
}

for (const fails of ["memory", "transaction", "commit"] as const) {
  test(`an event that fails in ${fails} is tried N times, then parked with the later events of its stream; others flow on`, async () => {
    const s = streams();
    const poison = new Set(["bad"]);
    const calls = new Map<string, number>();
    const name = `tries-${fails}`;
    work([await consumer(name, { fails, poison, calls, policy: { attempts: 3 } })]);
    await append([
      [s("a"), "good"],
      [s("a"), "bad"],
      [s("a"), "good"],
      [s("b"), "good"],
    ]);
    const [letter] = await parked(name, 1);
    await append([
      [s("a"), "good"],
      [s("b"), "good"],
    ]);
    await eventually(async () => (await appliedTo(name, s("b"))).length === 2);
    expect(await appliedTo(name, s("a"))).toEqual([1]);
    expect(letter).toMatchObject({ stream: s("a"), version: 2, attempts: 3, state: "parked", build: "test-build" });
    if (fails !== "commit") expect(calls.get("bad")).toBe(3);

    poison.clear();
    await order(name, "retry");
    const [done] = await closed(name);
    expect(done).toMatchObject({ outcome: "retried", through: 4 });
    expect(await appliedTo(name, s("a"))).toEqual([1, 2, 3, 4]);
    // And the stream flows again.
    await append([[s("a"), "good"]]);
    await eventually(async () => (await appliedTo(name, s("a"))).length === 5);
  });

  test(`five poison events in five streams of one batch: five letters, all others applied (${fails})`, async () => {
    const s = streams();
    const poison = new Set(["bad"]);
    const name = `five-${fails}`;
    const made = await consumer(name, { fails, poison, partitions: 1 });
    await append(
      Array.from(
        { length: 200 },
        (_, n) => [s(n % 20), n < 100 && n % 20 < 5 && n >= 40 && n < 60 ? "bad" : "good"] as const,
      ),
    );
    work([made]);
    const letters = await parked(name, 5);
    expect(letters.map(({ stream, version }) => [stream, version])).toEqual([0, 1, 2, 3, 4].map((n) => [s(n), 3]));
    expect(new Set(letters.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    // The last event of all is in the last stream; a handler's first batches are small.
    await eventually(async () => (await appliedTo(name, s(19))).length === 10);
    for (let n = 0; n < 20; n++) {
      expect(await appliedTo(name, s(n))).toEqual(n < 5 ? [1, 2] : Array.from({ length: 10 }, (_, v) => v + 1));
    }
    if (fails !== "commit") {
      const { rows } = await database.pool.query(
        "select sum(events)::integer as events from consumer_batches where consumer = $1",
        [name],
      );
      expect(rows).toEqual([{ events: 160 }]);
    }
  });
}

test("a skipped event is not applied and what waited behind it is, in order", async () => {
  const s = streams();
  const poison = new Set(["bad"]);
  work([await consumer("skips", { poison, policy: { attempts: 1 } })]);
  await append([
    [s("a"), "bad"],
    [s("a"), "good"],
    [s("a"), "good"],
  ]);
  await parked("skips", 1);
  await order("skips", "skip");
  expect((await closed("skips"))[0]).toMatchObject({ outcome: "skipped", through: 3 });
  expect(await appliedTo("skips", s("a"))).toEqual([2, 3]);
});

test("when a later event of the stream fails in a retry, it takes the place of the first and what stands before it is applied", async () => {
  const s = streams();
  const poison = new Set(["bad", "worse"]);
  work([await consumer("chain", { fails: "transaction", poison, policy: { attempts: 1 } })]);
  await append(["bad", "good", "worse", "good"].map((note) => [s("a"), note] as const));
  await parked("chain", 1);
  poison.delete("bad");
  await order("chain", "retry");
  const letters = await eventually(async () => {
    const found = await lettersOf("chain");
    return found.length === 2 ? found : undefined;
  });
  expect(letters).toMatchObject([
    { version: 1, outcome: "retried", through: 2, closed: true },
    { version: 3, state: "parked", closed: false },
  ]);
  expect(await appliedTo("chain", s("a"))).toEqual([1, 2]);
  poison.clear();
  await order("chain", "retry");
  await closed("chain");
  expect(await appliedTo("chain", s("a"))).toEqual([1, 2, 3, 4]);
});

test("more events behind a letter than one commit takes are applied in order, each once", async () => {
  const s = streams();
  const poison = new Set(["bad"]);
  const stop = work([await consumer("long", { poison, policy: { attempts: 1 } })]);
  await append([[s("a"), "bad"], ...Array.from({ length: 1_700 }, () => [s("a"), "good"] as const)]);
  await parked("long", 1);
  await eventually(async () => {
    const { rows } = await database.pool.query(
      "select 1 from consumer_partitions where consumer = 'long' and checkpoint >= (select max(position) from events)",
    );
    return rows.length === 2;
  });
  poison.clear();
  await order("long", "retry");
  // Stopped somewhere in the middle, or at the end: the next holder goes on.
  await eventually(async () => (await appliedTo("long", s("a"))).length > 0);
  await stop();
  work([await recordingConsumer(database.pool, { name: "long", fails: "memory", poison })], "next");
  expect((await closed("long"))[0]).toMatchObject({ through: 1_701 });
  expect(await appliedTo("long", s("a"))).toEqual(Array.from({ length: 1_701 }, (_, n) => n + 1));
});

test("under `park-event` the later events of the stream go on without it", async () => {
  const s = streams();
  const poison = new Set(["bad"]);
  work([await consumer("alone", { poison, policy: { attempts: 1, onFailure: "park-event" } })]);
  await append(["bad", "good", "bad", "good"].map((note) => [s("a"), note] as const));
  await parked("alone", 2);
  await eventually(async () => (await appliedTo("alone", s("a"))).length === 2);
  expect(await appliedTo("alone", s("a"))).toEqual([2, 4]);
  poison.clear();
  await order("alone", "retry");
  await closed("alone");
  expect(await appliedTo("alone", s("a"))).toEqual([2, 4, 1, 3]);
});

test("a deploy that would park everything stops the consumer, says so, and goes on when an operator releases it", async () => {
  const s = streams();
  const poison = new Set(["bad"]);
  const breaker = { perMinute: 1_000, share: 0.5, atLeast: 10, open: 10_000 };
  work([await consumer("broken", { poison, policy: { attempts: 2, breaker } })]);
  await append(Array.from({ length: 300 }, (_, n) => [s(n), "bad"] as const));
  const state = await eventually(async () => {
    const { rows } = await database.pool.query(
      "select state, state_by, state_reason from consumers where name = 'broken' and state = 'paused'",
    );
    return rows[0];
  });
  expect(state).toMatchObject({ state: "paused", state_by: "breaker" });
  expect(state?.state_reason).toMatch(/of the last \d+ events failed/);
  expect((await lettersOf("broken")).length).toBeLessThan(20);
  const { rows } = await database.pool.query("select count(*)::integer as n from applied where consumer = 'broken'");
  expect(rows[0].n).toBe(0);

  poison.clear();
  await database.pool.query(
    "update consumers set state = 'running', state_by = 'ann', state_at = clock_timestamp() where name = 'broken'",
  );
  await eventually(async () => {
    const done = await database.pool.query("select count(*)::integer as n from applied where consumer = 'broken'");
    return done.rows[0].n === 300;
  });
  expect((await lettersOf("broken")).filter((letter) => !letter.closed)).toEqual([]);
});

test("no letter holds a value of the payload", async () => {
  const s = streams();
  const poison = new Set(["Ada Lovelace, 12 Mill Lane"]);
  work([await consumer("silent", { poison, policy: { attempts: 1 } })]);
  await append([[s("a"), "Ada Lovelace, 12 Mill Lane"]]);
  await parked("silent", 1);
  const { rows } = await database.pool.query(
    "select to_json(d)::text as all from dead_letters d where consumer = 'silent'",
  );
  expect(rows[0].all).not.toMatch(/Ada|Lovelace|Mill/);
  expect(rows[0].all).toContain("RangeError");
});
