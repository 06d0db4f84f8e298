import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EmbeddedPostgres, startPostgres } from "@/lib/embedded/postgres";
import { eventually } from "@/lib/testing/eventually";

let directory: string;
let running: EmbeddedPostgres[] = [];

beforeEach(() => {
  directory = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-embedded-")), "pg");
});

afterEach(async () => {
  for (const postgres of running) await postgres.stop();
  running = [];
  fs.rmSync(path.dirname(directory), { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const options = { directory, database: "tidemark", projectRoot: process.cwd(), preferredPort: 0 };
  const postgres = await startPostgres(options);
  running.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("the built-in PostgreSQL", () => {
  test("keeps its files to its user, listens on loopback only, and asks for a password", async () => {
    const postgres = await start();
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(directory, "data")).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(directory, "password")).mode & 0o777).toBe(0o600);
    const [row] = await query(
      postgres.url,
      `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
              current_setting('data_checksums') as checksums,
              (select datlocprovider::text || '/' || datlocale from pg_database where datname = current_database()) as locale`,
    );
    expect(row).toEqual({ addresses: "127.0.0.1", sockets: "", checksums: "on", locale: "b/C.UTF-8" });
    const wrong = new URL(postgres.url);
    wrong.password = "guess";
    await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  });

  test("comes back on the same address with everything that was committed, after stop and after kill -9", async () => {
    const first = await start();
    await query(first.url, "create table kept (n integer)");
    await query(first.url, "insert into kept values (1)");
    await first.stop();
    expect(first.alive()).toBe(false);

    const second = await start();
    expect(second.url).toBe(first.url);
    await query(second.url, "insert into kept values (2)");
    process.kill(second.pid, "SIGKILL");
    await eventually(() => !second.alive(), { what: "the server's end" });

    const third = await start();
    expect(third).toMatchObject({ url: first.url, adopted: false });
    expect(await query(third.url, "select n from kept order by n")).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("adopts the server that a killed supervisor left, instead of starting a second one", async () => {
    const first = await start();
    const second = await start();
    expect(second).toMatchObject({ adopted: true, pid: first.pid, url: first.url });
  });

  test("two starts at the same time end with one server that both can use", async () => {
    const [a, b] = await Promise.all([start(), start()]);
    expect(a?.pid).toBe(b?.pid);
  });

  test("a pid file whose number now belongs to another program does not keep the server from starting", async () => {
    const first = await start();
    await first.stop();
    const data = path.join(directory, "data");
    fs.writeFileSync(path.join(data, "postmaster.pid"), `1\n${data}\n1\n5432\n\n127.0.0.1\n`);
    const second = await start();
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("a lost password file is refused in words, and nothing is made anew over the data", async () => {
    const first = await start();
    await first.stop();
    fs.rmSync(path.join(directory, "password"));
    await expect(start()).rejects.toMatchObject({ reason: "password-missing", message: /password file/ });
    expect(fs.existsSync(path.join(directory, "data", "PG_VERSION"))).toBe(true);
  });
});
