import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import type { NewEvent, RecordedEvent } from "@/lib/event-store/recorded-event";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { newId } from "@/lib/kernel/ids";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
let store: EventStore;
const event = (data = "{}", more: Partial<NewEvent> = {}): NewEvent => ({
  type: "Tested",
  schemaVersion: 1,
  data,
  ...more,
});
const any = (stream: string, ...events: NewEvent[]) => ({ stream, expectedVersion: "any" as const, events });

beforeAll(async () => {
  database = await createTestDatabase({ max: 20 });
  store = createEventStore({ pool: database.pool });
});
afterAll(() => database.close());

describe("an append is stored once", () => {
  it("repeats its first answer for the same key and the same content", async () => {
    const append = { writes: [any("key-1", event("[1]"), event("[2]"))], idempotencyKey: "k" };
    const [first] = await store.append(append);
    const [again] = await store.append({ ...append, correlationId: "another" });
    expect(first?.replayed).toBe(false);
    expect(again).toEqual({ ...first, replayed: true });
    expect((await store.findByIdempotencyKey("key-1", "k")).map((each) => each.data)).toEqual(["[1]", "[2]"]);
  });

  it.each([
    ["other data", [event("[1]"), event("[3]")]],
    ["other bytes of the same value", [event("[1]"), event("[ 2 ]")]],
    ["fewer events", [event("[1]")]],
    ["more events", [event("[1]"), event("[2]"), event("[3]")]],
    ["another type", [event("[1]"), event("[2]", { type: "Other" })]],
    ["another schema version", [event("[1]"), event("[2]", { schemaVersion: 2 })]],
    ["metadata", [event("[1]"), event("[2]", { metadata: "{}" })]],
  ])("refuses the same key with %s and stores nothing", async (what, events) => {
    const stream = `reuse-${what.replaceAll(" ", "")}`;
    await store.append({ writes: [any(stream, event("[1]"), event("[2]"))], idempotencyKey: "k" });
    const attempt = store.append({ writes: [any(stream, ...events)], idempotencyKey: "k" });
    await expect(attempt).rejects.toMatchObject({ code: "idempotency-key-reused" });
    expect(await store.streamVersion(stream)).toBe(2);
  });

  it("knows an event by its id, also in another stream", async () => {
    const id = newId();
    await store.append({ writes: [any("id-1", event("1", { id, occurredAt: "2020-02-29T12:00:00+01:00" }))] });
    const same = event("1", { id, occurredAt: "2020-02-29T11:00:00.000000Z" });
    expect((await store.append({ writes: [any("id-1", same)] }))[0]?.replayed).toBe(true);
    for (const [stream, other] of [
      ["id-2", same],
      ["id-1", event("1", { id, occurredAt: "2020-02-29T11:00:00.000001Z" })],
    ] as const) {
      await expect(store.append({ writes: [any(stream, other)] })).rejects.toMatchObject({
        code: "idempotency-key-reused",
      });
    }
    expect(await store.streamVersion("id-2")).toBe(0);
  });

  it("stores one of many concurrent calls with one key, in one process and in several", async () => {
    const stores = [store, createEventStore({ pool: database.pool }), createEventStore({ pool: database.pool })];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        (stores[i % 3] ?? store).append({ writes: [any("race-key", event())], idempotencyKey: "once" }),
      ),
    );
    expect(answers.filter(([write]) => !write?.replayed)).toHaveLength(1);
    expect(await store.streamVersion("race-key")).toBe(1);
  });
});

describe("expected versions", () => {
  it("let one of 16 racers win, round after round, and losers draw no position", async () => {
    const stores = Array.from({ length: 4 }, () => createEventStore({ pool: database.pool }));
    const before = (await store.highWater()).head;
    const rounds = 40;
    for (let version = 0; version < rounds; version++) {
      const racers = Array.from({ length: 16 }, (_, i) =>
        (stores[i % 4] ?? store).append({
          writes: [{ stream: "race-1", expectedVersion: version, events: [event(String(i))] }],
        }),
      );
      const outcomes = await Promise.allSettled(racers);
      expect(outcomes.filter((each) => each.status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") {
          expect(outcome.reason).toMatchObject({ code: "version-conflict", expected: version, actual: version + 1 });
        }
      }
    }
    expect((await store.highWater()).head - before).toBe(BigInt(rounds));
  });

  it("leave no trace of a stream whose first append is refused", async () => {
    const attempt = store.append({
      writes: [any("ghost-1", event()), { stream: "ghost-2", expectedVersion: 7, events: [event()] }],
    });
    await expect(attempt).rejects.toMatchObject({
      code: "version-conflict",
      stream: "ghost-2",
      expected: 7,
      actual: 0,
    });
    const { rows } = await database.owner.query("select from streams where stream like 'ghost%'");
    expect(rows).toHaveLength(0);
  });
});

describe("a locked stream", () => {
  it.each([
    ["an existing stream", true],
    ["a stream that is being made", false],
  ])("%s holds up nobody else, and its own append follows when it is free", async (_, exists) => {
    const stream = `locked-${exists}`;
    if (exists) await store.append({ writes: [any(stream, event())] });
    const holder = await database.pool.connect();
    onTestFinished(() => holder.release(true));
    await holder.query("begin");
    await store.appendIn(holder, { writes: [any(stream, event())] });
    const blocked = Array.from({ length: 3 }, () => store.append({ writes: [any(stream, event())] }));
    let settled = 0;
    const count = () => {
      settled += 1;
    };
    for (const each of blocked) each.then(count, count);
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.append({ writes: [any(`free-${i}`, event())] })));
    expect(settled).toBe(0);
    await holder.query("commit");
    await Promise.all(blocked);
    expect(await store.streamVersion(stream)).toBe(exists ? 5 : 4);
  });

  it("never makes callers with several streams in random order fail", async () => {
    const stores = Array.from({ length: 4 }, () => createEventStore({ pool: database.pool, maxBatch: 4 }));
    const total = await Promise.all(
      Array.from({ length: 16 }, async (_, caller) => {
        for (let round = 0; round < 15; round++) {
          const streams = shuffled(["many-1", "many-2", "many-3", "many-4", "many-5", `many-new-${round}`]).slice(0, 3);
          await (stores[caller % 4] ?? store).append({ writes: streams.map((stream) => any(stream, event())) });
        }
        return 45;
      }),
    );
    const { rows } = await database.owner.query<{ versions: bigint; events: bigint }>(
      `select sum(version)::bigint as versions, (select count(*) from events where category = 'many') as events
         from streams where category = 'many'`,
    );
    const expected = BigInt(total.reduce((sum, each) => sum + each, 0));
    expect(rows[0]).toEqual({ versions: expected, events: expected });
  });
});

describe("inline consumers", () => {
  it("write in the append's own transaction, and their failure refuses that append alone", async () => {
    await database.owner.query("create table tidemark_read.seen (id uuid primary key, version int)");
    await database.owner.query("grant all on tidemark_read.seen to tidemark_app");
    const seen: RecordedEvent[] = [];
    const inline = createEventStore({
      pool: database.pool,
      inline: {
        handles: (type) => type === "Counted",
        apply: async (client: pg.PoolClient, events) => {
          for (const each of events) {
            if (each.data === '"poison"') throw new Error("cannot apply");
            await client.query("insert into seen values ($1, $2)", [each.id, each.version]);
            seen.push(each);
          }
        },
      },
    });
    const counted = (data: string) =>
      event(data, { type: "Counted", occurredAt: "2020-01-01T00:00:00Z", metadata: "{}" });
    const outcomes = await Promise.allSettled(
      ["1", '"poison"', "2"].map((data, i) => inline.append({ writes: [any(`inline-${i}`, counted(data), event())] })),
    );
    expect(outcomes.map((each) => each.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await store.streamVersion("inline-1")).toBe(0);
    const { rows } = await database.owner.query("select id from seen");
    expect(rows).toHaveLength(2);
    // What inline consumers are handed, the last time, is what readers will find.
    for (const each of new Map(seen.map((each) => [each.id, each])).values())
      expect(await store.readById(each.id)).toEqual(each);
  });
});

describe("inside the caller's transaction", () => {
  it("stores nothing when the caller rolls back, and everything when it commits", async () => {
    const rolledBack = inTransaction(database.pool, async (client) => {
      await store.appendIn(client, { writes: [any("own-1", event())] });
      throw new Error("changed my mind");
    });
    await expect(rolledBack).rejects.toThrow("changed my mind");
    expect(await store.streamVersion("own-1")).toBe(0);
    await inTransaction(database.pool, async (client) => {
      await store.appendIn(client, { writes: [any("own-1", event())] });
      const conflict = store.appendIn(client, { writes: [{ stream: "own-1", expectedVersion: 5, events: [event()] }] });
      await expect(conflict).rejects.toMatchObject({ code: "version-conflict", actual: 1 });
      await store.appendIn(client, { writes: [{ stream: "own-1", expectedVersion: 1, events: [event()] }] });
    });
    expect(await store.streamVersion("own-1")).toBe(2);
  });
});

describe("what the application may not do", () => {
  it.each([
    "update events set type = 'x'",
    "delete from events",
    "truncate events",
    "insert into events (position) values (1)",
    "update streams set version = 0",
    "delete from streams",
    "update high_water set position = 99",
    "select nextval('position_seq')",
    "alter table events disable trigger all",
  ])("%s is refused by the database", async (sql) => {
    await expect(database.pool.query(sql)).rejects.toMatchObject({ code: "42501" });
  });

  it("not even the owner changes events while the triggers stand", async () => {
    await store.append({ writes: [any("fixed-1", event())] });
    for (const sql of ["update events set type = 'x'", "delete from events", "truncate events"]) {
      await expect(database.owner.query(sql)).rejects.toMatchObject({ code: "TM003" });
    }
  });

  it("appending without waiting for the disk", async () => {
    const lazy = await database.pool.connect();
    await lazy.query("set synchronous_commit = off");
    await expect(store.appendIn(lazy, { writes: [any("lazy-1", event())] })).rejects.toThrow(/synchronous_commit/);
    lazy.release(true);
  });
});

describe("a lost connection", () => {
  it("in the middle of appends loses and doubles nothing", async () => {
    const acked: string[] = [];
    const killing = new AbortController();
    const killer = (async () => {
      for (let kills = 0; kills < 12; kills++) {
        const before = acked.length;
        await eventually(() => acked.length > before + 8);
        await database.owner.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'test' and datname = current_database() and state = 'active' limit 1`,
        );
      }
      killing.abort();
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, caller) => {
        for (let n = 0; !killing.signal.aborted; n++) {
          await store.append({ writes: [any(`cut-${caller}`, event(`"${caller}:${n}"`))] });
          acked.push(`"${caller}:${n}"`);
        }
      }),
    );
    await killer;
    const { rows } = await database.owner.query<{ data: string }>("select data from events where category = 'cut'");
    expect(rows.map((row) => row.data).sort()).toEqual(acked.sort());
  });
});

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
