import type pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
let store: EventStore;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase({ max: 90 });
  store = createEventStore({ pool: database.pool });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await database.close();
});

function startAgent(owner = "agent"): void {
  const stopping = new AbortController();
  const ended = runHighWaterAgent({ pool: database.pool, owner, signal: stopping.signal, notifyChannel: "test" });
  stops.push(async () => {
    stopping.abort();
    await ended;
  });
}

const write = (stream: string, expectedVersion: "any" | "none" = "any") => ({
  writes: [{ stream, expectedVersion, events: [{ type: "Tested", schemaVersion: 1, data: "{}" }] }],
});

/** A transaction that has appended to a stream and does not end yet. */
async function held(stream: string): Promise<pg.PoolClient> {
  const client = await database.pool.connect();
  await client.query("begin");
  await store.appendIn(client, write(stream));
  return client;
}

async function end(client: pg.PoolClient, how: "commit" | "rollback"): Promise<void> {
  await client.query(how);
  client.release();
}

const mark = async () => (await store.highWater()).position;

const PAUSE = 77;

/** The store's own function, with a pause after each of its statements; holding the pause's lock keeps it there. */
async function pausedAdvance(): Promise<{ name: string; pauses: number }> {
  const { rows } = await database.owner.query<{ text: string }>(
    "select pg_get_functiondef('tidemark.advance_high_water(text)'::regprocedure) as text",
  );
  let pauses = 0;
  const [head = "", body = ""] = (rows[0]?.text ?? "").split(/\nbegin\n/);
  const paused = body.replace(/;\n(?! *end)/g, () => `;\n  perform pg_advisory_xact_lock(${PAUSE}, ${pauses++});\n`);
  await database.owner.query(`${head.replace("advance_high_water", "paused_advance")}\nbegin\n${paused}`);
  return { name: "tidemark.paused_advance", pauses };
}

test("the agent may be paused between any two of its statements, or killed there: nothing above what is settled is published", async () => {
  const { name, pauses } = await pausedAdvance();
  expect(pauses).toBeGreaterThanOrEqual(4);
  for (let place = 0; place < pauses; place++) {
    for (const fate of ["goes on", "is killed"]) {
      const low = await held(`low-${place}-${fate}`);
      const gate = await database.owner.connect();
      await gate.query("select pg_advisory_lock($1, $2)", [PAUSE, place]);
      const agent = await database.owner.connect();
      agent.on("error", () => undefined);
      const { rows } = await agent.query<{ pid: number }>("select pg_backend_pid() as pid");
      const advancing = agent.query(`select safe from ${name}('agent')`).catch(() => undefined);
      await eventually(async () => {
        const { rowCount } = await gate.query("select from pg_locks where pid = $1 and not granted", [rows[0]?.pid]);
        return rowCount === 1;
      });
      const before = await mark();
      // While it stands there, one append ends, one begins and ends, one begins and stays.
      await end(low, "commit");
      await store.append(write(`between-${place}`));
      const late = await held(`late-${place}-${fate}`);
      await store.append(write(`after-${place}`));
      if (fate === "is killed") await gate.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await gate.query("select pg_advisory_unlock_all()");
      await advancing;
      agent.release(true);
      gate.release();
      const { rows: open } = await database.owner.query<{ first: bigint }>(
        "select (select coalesce(max(position), 0) from events e where e.stream like 'after%') - 1 as first",
      );
      const published = await mark();
      expect(published).toBeGreaterThanOrEqual(before);
      expect(published, `paused at ${place}`).toBeLessThan(open[0]?.first ?? 0n);
      await end(late, "commit");
      await database.owner.query("select tidemark.advance_high_water('agent')");
      const { head, position } = await store.highWater();
      expect(position).toBe(head);
    }
  }
}, 60_000);

test("sixty sessions that sit idle in transactions, and locks of others, do not hold the mark", async () => {
  startAgent();
  const idle = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const client = await database.pool.connect();
      await client.query("begin");
      await client.query("select count(*) from events");
      await client.query("select pg_advisory_xact_lock_shared($1)", [index]);
      return client;
    }),
  );
  const [result] = await store.append(write("moving-1"));
  await eventually(async () => (await mark()) >= (result?.lastPosition ?? 0n));
  for (const client of idle) await end(client, "rollback");
});

test("an append that stays open holds the mark below itself for as long as it takes, and afterwards nobody has lost anything", async () => {
  startAgent();
  const slow = await held("slow-1");
  const others = await Promise.all(Array.from({ length: 40 }, (_, index) => store.append(write(`quick-${index % 7}`))));
  // Looks of the agent, not a time: however often it looks, it does not lose patience.
  for (let looks = 0; looks < 5; looks++) {
    const { checkedAt } = await store.highWater();
    await eventually(async () => (await store.highWater()).checkedAt !== checkedAt);
    expect(await store.readAll({})).toEqual([]);
  }
  await end(slow, "commit");
  await eventually(async () => (await mark()) >= 41n);
  const seen = await store.readAll({ limit: 100 });
  expect(seen.map(({ stream }) => stream)).toContain("slow-1");
  expect(seen).toHaveLength(others.length + 1);
  const versions = seen.filter(({ stream }) => stream === "quick-3").map(({ version }) => version);
  expect(versions).toEqual(versions.map((_, index) => index + 1));
});

test("a hundred racers on one stream: the sequence advances by the winners alone, and nobody hangs", async () => {
  const stores = Array.from({ length: 4 }, () => createEventStore({ pool: database.pool }));
  const before = (await store.highWater()).head;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => (stores[index % 4] ?? store).append(write("raced-1", "none"))),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect((await store.highWater()).head - before).toBe(1n);
});

test("twenty racing appends that expect nothing are twenty events of the stream", async () => {
  const stores = Array.from({ length: 5 }, () => createEventStore({ pool: database.pool }));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (stores[index % 5] ?? store).append(write("crowded-1"))),
  );
  const versions = answers.map(([result]) => result?.fromVersion ?? 0).sort((a, b) => a - b);
  expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(await store.readStream("crowded-1", { limit: 100 })).toHaveLength(20);
});

test("ten thousand positions that were drawn and rolled back cost readers nothing: no state, the same plan, the same pages", async () => {
  await store.append(write("first-1"));
  await database.owner.query("select nextval('tidemark.position_seq') from generate_series(1, 10000)");
  await store.append(write("last-1"));
  startAgent();
  await eventually(async () => (await mark()) >= 10_002n);
  const { rows } = await database.owner.query<{ "QUERY PLAN": string }>(
    `explain (analyze, costs off, timing off, summary off, buffers off)
       select * from events where position > 1 and position <= (select position from high_water) order by position limit 100`,
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toMatch(/Index Scan using events_pkey/);
  expect((await store.readAll({ after: 1n })).map(({ stream }) => stream)).toEqual(["last-1"]);
});
