import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
let store: EventStore;
let stop: AbortController;
let agent: Promise<void>;

beforeEach(async () => {
  database = await createTestDatabase({ max: 40 });
  store = createEventStore({ pool: database.pool });
  stop = new AbortController();
  agent = runHighWaterAgent({ pool: database.pool, owner: "agent", signal: stop.signal, notifyChannel: "test" });
});
afterEach(async () => {
  stop.abort();
  await agent;
  await database.close();
});

const write = (stream: string, data = "{}") => ({
  writes: [{ stream, expectedVersion: "any" as const, events: [{ type: "Tested", schemaVersion: 1, data }] }],
});

async function open() {
  const client = await database.pool.connect();
  await client.query("begin");
  return client;
}

/** Pages through the log behind the mark until `end` is aborted and there is nothing more, in every way a consumer may. */
async function follow(end: AbortSignal, filter: { types?: string[] } = {}): Promise<RecordedEvent[]> {
  const seen: RecordedEvent[] = [];
  for (;;) {
    const ended = end.aborted;
    const page = await store.readAll({ after: seen.at(-1)?.position ?? 0n, limit: 100, ...filter });
    seen.push(...page);
    if (page.length === 0 && ended) return seen;
    if (page.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** How many events a reader finds that pages by position and knows nothing of the mark. */
async function followPositionsAlone(end: AbortSignal): Promise<number> {
  let seen = 0;
  let after = 0n;
  for (;;) {
    const ended = end.aborted;
    const { rows } = await database.owner.query<{ position: bigint }>(
      "select position from events where position > $1 order by position limit 100",
      [after],
    );
    seen += rows.length;
    after = rows.at(-1)?.position ?? after;
    if (rows.length === 0 && ended) return seen;
  }
}

async function expectWhole(seen: readonly RecordedEvent[]): Promise<void> {
  const { rows } = await database.owner.query<{ position: bigint }>("select position from events order by position");
  expect(seen.map((event) => event.position)).toEqual(rows.map((row) => row.position));
  const versions = new Map<string, number>();
  for (const { stream, version } of seen) {
    expect(version, `order within ${stream}`).toBe((versions.get(stream) ?? 0) + 1);
    versions.set(stream, version);
  }
}

const marked = (position: bigint) =>
  eventually(async () => (await store.highWater()).position >= position, { what: `the mark to reach ${position}` });

describe("readers behind the high-water mark", () => {
  it("wait for a low position that commits late, and then see it before the higher ones", async () => {
    const late = await open();
    const [first] = await store.appendIn(late, write("late-1"));
    const [second] = await store.append(write("early-1"));
    expect(first && second && first.firstPosition < second.firstPosition).toBe(true);
    await eventually(async () => (await store.highWater()).head === second?.firstPosition);
    const looks = (await store.highWater()).checkedAt;
    await eventually(async () => (await store.highWater()).checkedAt !== looks, { what: "another look of the agent" });
    expect(await store.readAll({})).toEqual([]);
    await late.query("commit");
    late.release();
    await marked(second?.firstPosition ?? 0n);
    expect((await store.readAll({})).map((event) => event.stream)).toEqual(["late-1", "early-1"]);
  });

  it("see version 1 before version 2 though the transaction of version 2 is the older one", async () => {
    const older = await open();
    await store.appendIn(older, write("other-1"));
    await store.append(write("same-1", "1"));
    await store.appendIn(older, write("same-1", "2"));
    await older.query("commit");
    older.release();
    await marked(3n);
    const seen = await store.readAll({});
    expect(seen.filter((event) => event.stream === "same-1").map((event) => event.data)).toEqual(["1", "2"]);
    await expectWhole(seen);
  });

  it("see the very first append, however long it is held open", async () => {
    const first = await open();
    await store.appendIn(first, write("first-1"));
    await store.append(write("second-1"));
    const looks = (await store.highWater()).checkedAt;
    await eventually(async () => (await store.highWater()).checkedAt !== looks, { what: "another look of the agent" });
    expect((await store.highWater()).position).toBe(0n);
    await first.query("commit");
    first.release();
    await marked(2n);
    await expectWhole(await store.readAll({}));
  });

  it("see an append that follows a rolled-back savepoint", async () => {
    const client = await open();
    await client.query("savepoint s");
    await store.appendIn(client, write("saved-1"));
    await client.query("rollback to s");
    await store.append(write("between-1"));
    await store.appendIn(client, write("saved-1"));
    await store.append(write("after-1"));
    await client.query("commit");
    client.release();
    await marked(4n);
    const seen = await store.readAll({});
    expect(seen.map((event) => event.stream)).toEqual(["between-1", "saved-1", "after-1"]);
    await expectWhole(seen);
  });

  it("are not held up by a writing transaction of another database", async () => {
    const other = await createTestDatabase();
    try {
      const blocker = await other.owner.connect();
      await blocker.query("begin");
      await blocker.query("update high_water set agent = 'held'");
      const [result] = await store.append(write("moving-1"));
      await marked(result?.lastPosition ?? 0n);
      expect(await store.readAll({})).toHaveLength(1);
      await blocker.query("rollback");
      blocker.release();
    } finally {
      await other.close();
    }
  });

  it("lose, reorder and miss nothing while 16 writers hold, roll back and retry", { timeout: 60_000 }, async () => {
    const other = await createTestDatabase();
    const blocker = await other.owner.connect();
    await blocker.query("begin");
    await blocker.query("update high_water set agent = 'held'");
    const first = await open();
    await store.appendIn(first, write("torture-first"));
    const end = new AbortController();
    const naive = followPositionsAlone(end.signal);
    const readers = [follow(end.signal), follow(end.signal, { types: ["Tested"] }), follow(end.signal)];
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let n = 0; n < 40; n++) await tortured(writer);
    });
    await eventually(async () => (await database.owner.query("select from events limit 20")).rows.length === 20);
    await first.query("commit");
    first.release();
    await Promise.all(writers);
    await eventually(async () => {
      const { position, head } = await store.highWater();
      return position === head;
    });
    end.abort();
    for (const seen of await Promise.all(readers)) await expectWhole(seen);
    // The control: without the mark the same run loses events, so this test can fail.
    const { rows } = await database.owner.query("select from events");
    expect(await naive).toBeLessThan(rows.length);
    await blocker.query("rollback");
    blocker.release();
    await other.close();
  });
});

describe("the high-water agent", () => {
  it("is replaced when its connection is killed, and announces only marks that can be read", async () => {
    const listener = await database.owner.connect();
    const announced: bigint[] = [];
    listener.on("notification", (message) => announced.push(BigInt(message.payload ?? "0")));
    await listener.query("listen test");
    const spare = runHighWaterAgent({
      pool: database.pool,
      owner: "spare",
      signal: stop.signal,
      notifyChannel: "test",
    });
    for (let round = 0; round < 3; round++) {
      await database.owner.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%advance_high_water%' and pid <> pg_backend_pid()",
      );
      const [result] = await store.append(write("agent-1"));
      await marked(result?.lastPosition ?? 0n);
    }
    await eventually(() => announced.at(-1) === 3n);
    expect(announced).toEqual([...new Set(announced)].sort((a, b) => Number(a - b)));
    listener.release(true);
    stop.abort();
    await spare;
  });
});

/** One transaction of the torture: one or two of six hot streams, pauses around them, savepoints, roll-backs. */
async function tortured(writer: number): Promise<void> {
  const names = ["a", "b", "c", "d", "e", "f"].map((name) => `torture-${name}`);
  const pick = () => names[Math.floor(Math.random() * names.length)] ?? "torture-a";
  if (writer % 4 === 0) {
    await store.append(write(pick()));
    return;
  }
  const doomed = Math.random() < 0.1;
  const attempt = inTransaction(database.pool, async (client) => {
    // An early transaction id, taken before any stream is locked, as business writes do.
    if (Math.random() < 0.3) await client.query("select pg_current_xact_id()");
    if (Math.random() < 0.2) {
      await client.query("savepoint s");
      await store.appendIn(client, write(pick()));
      await client.query("rollback to s");
    }
    await pause(Math.random() * 3);
    // In the order of names, so that the hot streams do not deadlock the test itself.
    for (const stream of [...new Set([pick(), pick()])].sort()) await store.appendIn(client, write(stream));
    await pause(Math.random() * 5);
    if (doomed) throw new Error("doomed");
  });
  await attempt.catch((error: unknown) => {
    if (!(error instanceof Error) || !/doomed|deadlock/.test(error.message)) throw error;
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
