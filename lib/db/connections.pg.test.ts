import { afterAll, beforeAll, expect, it } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { listen } from "@/lib/db/listener";
import { migrate } from "@/lib/db/migrate";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it("a pool acts as the application, in UTC, and returns values without loss", async () => {
  const { rows } = await database.pool.query(
    `select current_user::text as who, 9007199254740993::bigint as big, '{ "a":1.50}'::json as json, array[1, null]::bigint[] as bigs,
       timestamptz '2020-01-01 01:00:00.5+01' as at, date '2020-02-29' as day, 1.10::numeric as amount`,
  );
  expect(rows).toEqual([
    {
      who: "tidemark_app",
      big: 9007199254740993n,
      json: '{ "a":1.50}',
      bigs: [1n, null],
      at: "2020-01-01T00:00:00.500000Z",
      day: "2020-02-29",
      amount: "1.10",
    },
  ]);
});

it("a reading database cannot write", async () => {
  const pool = openPool({ url: database.url, applicationName: "reads", readOnly: true });
  const reads = createReadDatabase(pool);
  expect(await reads.query("select $1::int as n", [1])).toEqual([{ n: 1 }]);
  await expect(reads.query("delete from snapshots")).rejects.toMatchObject({ code: "25006" });
  await pool.end();
});

it("a database that is not there is Unavailable, with the cause", async () => {
  const pool = openPool({ url: "postgres://nobody@127.0.0.1:1/none", applicationName: "nobody" });
  await expect(createReadDatabase(pool).query("select 1")).rejects.toMatchObject({ code: "unavailable" });
  const store = createEventStore({ pool });
  const writes = [
    { stream: "a-1", expectedVersion: "any" as const, events: [{ type: "T", schemaVersion: 1, data: "1" }] },
  ];
  await expect(store.append({ writes })).rejects.toMatchObject({ code: "unavailable" });
  await pool.end();
});

it("a transaction leaves nothing behind when its work throws or its connection dies", async () => {
  await database.owner.query("create table tidemark_read.things (n int)");
  await database.owner.query("grant all on tidemark_read.things to tidemark_app");
  const insertThen = (after: string) =>
    inTransaction(database.pool, async (client) => {
      await client.query("insert into things values (1)");
      await client.query(after);
    });
  await expect(insertThen("select 1/0")).rejects.toThrow(/division/);
  await expect(insertThen("select pg_terminate_backend(pg_backend_pid())")).rejects.toThrow();
  expect((await database.pool.query("select from things")).rows).toHaveLength(0);
});

it("a listener hears again after its connection was killed", async () => {
  const stop = new AbortController();
  const heard: string[] = [];
  let connections = 0;
  const listening = listen({
    url: database.url,
    channel: "Some Channel",
    signal: stop.signal,
    onMessage: (payload) => heard.push(payload),
    onConnect: () => {
      connections += 1;
    },
  });
  await eventually(() => connections === 1);
  await database.owner.query("select pg_notify('Some Channel', 'one')");
  await eventually(() => heard.length === 1);
  await database.owner.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tidemark listener' and datname = current_database()",
  );
  await eventually(() => connections === 2);
  await database.owner.query("select pg_notify('Some Channel', 'two')");
  await eventually(() => heard.length === 2);
  stop.abort();
  await listening;
  expect(heard).toEqual(["one", "two"]);
});

it("migrations of several callers at once end in one schema, also under another name", async () => {
  await Promise.all(Array.from({ length: 3 }, () => migrate({ url: database.url, schema: "second" })));
  const pool = openPool({ url: database.url, schema: "second", applicationName: "second" });
  const store = createEventStore({ pool });
  await store.append({
    writes: [{ stream: "x-1", expectedVersion: "none", events: [{ type: "T", schemaVersion: 1, data: "1" }] }],
  });
  const { rows } = await database.owner.query("select stream from second.events");
  expect(rows).toEqual([{ stream: "x-1" }]);
  expect((await database.owner.query("select from tidemark.events")).rows).toHaveLength(0);
  await pool.end();
  await expect(migrate({ url: database.url, schema: "x; drop schema y" })).rejects.toMatchObject({
    code: "invalid-request",
  });
});
