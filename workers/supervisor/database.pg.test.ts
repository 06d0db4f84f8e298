import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive, readPostmaster } from "@/lib/embedded/postmaster";
import { readConfig } from "@/lib/runtime/config";
import { eventually } from "@/lib/testing/eventually";
import { type Database, openDatabase, openKeyDatabase } from "@/workers/supervisor/database";
import { createNotices } from "@/workers/supervisor/notices";

let directory: string;
let database: Database | undefined;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-database-"));
});
afterEach(async () => {
  await database?.stop(1_000);
  fs.rmSync(directory, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("PostgreSQL killed with -9 under its supervisor is back at the same address with all that was committed", async () => {
  const said: string[] = [];
  const moved: string[] = [];
  const notices = createNotices((text) => said.push(text));
  database = await openDatabase(readConfig({ TIDEMARK_DATA_DIR: directory }), {
    notices,
    owner: true,
    onMoved: () => moved.push("moved"),
  });
  const url = database.url();
  await query(url, "create table kept as select 42 as n");
  const { pid } = readPostmaster(path.join(directory, "postgres", "data")) ?? { pid: 0 };
  process.kill(pid, "SIGKILL");

  const rows = await eventually(() => query(url, "select n from kept"), { deadlineMs: 15_000, what: "the database" });
  expect(rows).toEqual([{ n: 42 }]);
  await eventually(() => said.join("").includes("is back"), { what: "the notice" });
  expect(database.url()).toBe(url);
  expect(moved).toEqual([]);

  const after = readPostmaster(path.join(directory, "postgres", "data"))?.pid ?? 0;
  const started = performance.now();
  await database.stop(1_000);
  expect(performance.now() - started).toBeLessThan(4_000);
  expect(isAlive(after)).toBe(false);
});

test("a single part leaves a database running that others use, and the owner of the folder stops it", async () => {
  const config = readConfig({ TIDEMARK_DATA_DIR: directory });
  const options = { notices: createNotices(() => {}), onMoved: () => {} };
  database = await openDatabase(config, { ...options, owner: true });
  const part = await openDatabase(config, { ...options, owner: false });
  expect(part.url()).toBe(database.url());
  await part.stop(1_000);
  expect(await query(database.url(), "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a server of one's own is used as it is and left alone", async () => {
  const url = "postgres://someone@127.0.0.1:1/nothing";
  const options = { notices: createNotices(() => {}), onMoved: () => {}, owner: true };
  const given = await openDatabase(readConfig({ DATABASE_URL: url }), options);
  expect(given.url()).toBe(url);
  await given.stop(10);
});

test("keys get a PostgreSQL of our own beside our own alone, and are never put where nobody has said they may be", async () => {
  const opening = { notices: createNotices(() => undefined), owner: true, onMoved: () => undefined };
  const open = (given: Record<string, string>) =>
    openKeyDatabase(readConfig({ TIDEMARK_DATA_DIR: directory, ...given }), opening);
  const events = "postgres://someone@db/events";
  expect(await open({ DATABASE_URL: events })).toBeUndefined();
  const keys = "postgres://someone@elsewhere/keys";
  expect((await open({ DATABASE_URL: events, TIDEMARK_KEYS_URL: keys }))?.url()).toBe(keys);
  expect(fs.existsSync(path.join(directory, "keys"))).toBe(false);
  database = await open({});
  const [row] = await query(database?.url() ?? "", "select current_database() as name");
  expect(row).toEqual({ name: "tidemark_keys" });
  expect(fs.existsSync(path.join(directory, "keys", "data", "PG_VERSION"))).toBe(true);
});
