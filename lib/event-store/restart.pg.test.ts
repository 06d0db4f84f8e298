import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate } from "@/lib/db/migrate";
import { checkServer, openPool } from "@/lib/db/pool";
import { type EmbeddedPostgres, startPostgres } from "@/lib/embedded/postgres";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import { createEventStore } from "@/lib/event-store/store";
import { eventually } from "@/lib/testing/eventually";

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-restart-"));
// What no commit waits for, the WAL writer flushes by itself; not here, so that a crash takes back all that it may.
const settings = { wal_writer_delay: "10s" };
const start = () =>
  startPostgres({ directory, database: "store", projectRoot: process.cwd(), preferredPort: 0, settings });
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  postgres = await start();
  await migrate({ url: postgres.url });
});
afterAll(async () => {
  await postgres.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

it("a server that is killed and restarted under load loses no acknowledged append and doubles none", {
  timeout: 60_000,
}, async () => {
  const pool = openPool({ url: postgres.url, applicationName: "restart", max: 10 });
  const store = createEventStore({ pool });
  const stop = new AbortController();
  const agent = runHighWaterAgent({ pool, owner: "agent", signal: stop.signal, notifyChannel: "restart" });
  const acked: string[] = [];
  const unsure: string[] = [];
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; !stop.signal.aborted; n++) {
      const data = `"${writer}:${n}"`;
      const append = {
        writes: [
          {
            stream: `restart-${writer}`,
            expectedVersion: "any" as const,
            events: [{ type: "T", schemaVersion: 1, data }],
          },
        ],
        idempotencyKey: data,
      };
      await store.append(append).then(
        () => acked.push(data),
        () => unsure.push(data),
      );
    }
  });
  for (let round = 0; round < 3; round++) {
    const before = acked.length;
    await eventually(() => acked.length > before + 50, { deadlineMs: 20_000 });
    process.kill(postgres.pid, "SIGKILL");
    await eventually(() => !postgres.alive());
    postgres = await start();
  }
  const before = acked.length;
  await eventually(() => acked.length > before + 50, { deadlineMs: 20_000 });
  await eventually(async () => {
    const { position, head } = await store.highWater();
    return position > 0n && head - position < 100n;
  });
  stop.abort();
  await Promise.all([...writers, agent]);
  const { rows } = await pool.query<{ data: string; stream: string; version: bigint }>(
    "select data, stream, version from events order by position",
  );
  const stored = rows.map((row) => row.data);
  expect(new Set(stored).size, "no event twice").toBe(stored.length);
  const all = new Set(stored);
  expect(
    acked.filter((data) => !all.has(data)),
    "acknowledged and lost",
  ).toEqual([]);
  const known = new Set([...acked, ...unsure]);
  expect(stored.filter((data) => !known.has(data))).toEqual([]);
  await pool.end();
});

it("a crash takes back no mark that anybody saw, nor a position below it, though an append that was rolled back drew it", {
  timeout: 60_000,
}, async () => {
  const pool = openPool({ url: postgres.url, applicationName: "marks", max: 4 });
  const store = createEventStore({ pool });
  for (let round = 0; round < 3; round++) {
    const stop = new AbortController();
    const agent = runHighWaterAgent({ pool, owner: `agent-${round}`, signal: stop.signal, notifyChannel: "marks" });
    await eventually(async () => {
      const { position, head } = await store.highWater();
      return position === head;
    });
    const burning = await pool.connect();
    await burning.query("begin");
    // More than the 32 positions that PostgreSQL logs ahead.
    const events = Array.from({ length: 40 }, () => ({ type: "T", schemaVersion: 1, data: "1" }));
    await store.appendIn(burning, { writes: [{ stream: "burnt-1", expectedVersion: "any", events }] });
    await burning.query("rollback");
    burning.release();
    const { head } = await store.highWater();
    const seen = await eventually(async () => {
      const { position } = await store.highWater();
      return position >= head && position;
    });
    process.kill(postgres.pid, "SIGKILL");
    await eventually(() => !postgres.alive());
    stop.abort();
    await agent;
    postgres = await start();
    const after = await eventually(() => store.highWater());
    expect(after.position).toBeGreaterThanOrEqual(seen);
    expect(after.head, "positions below the mark are drawn once").toBeGreaterThanOrEqual(seen);
  }
  await pool.end();
});

it("a server that answers commits before they are on disk is refused at the start", async () => {
  const lazy = openPool({ url: `${postgres.url}?options=-c%20synchronous_commit%3Doff`, applicationName: "lazy" });
  await expect(checkServer(lazy)).rejects.toThrow(/synchronous_commit/);
  await lazy.end();
  const pool = openPool({ url: postgres.url, applicationName: "durable" });
  await expect(checkServer(pool)).resolves.toBeUndefined();
  await pool.end();
});
