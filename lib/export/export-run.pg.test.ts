import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { exportFile, writeAt } from "@/lib/export/export-file";
import { type ExportInput, exportRun } from "@/lib/export/export-run";
import { removeExpired } from "@/lib/export/keep-exports";
import { importBatch } from "@/lib/import/import-batch";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import type { QueryContext } from "@/lib/queries/query-context";
import { createRun } from "@/lib/runs/create-run";
import type { RunKind } from "@/lib/runs/run";
import { executeRuns } from "@/lib/runs/run-executor";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const EVENTS = 5_000;
/** Of the audit, one beside every hundred others. */
const ACTS = EVENTS / 100;
let database: TestDatabase;
let data: string;
let folder: string;
let source: QueryContext;
let kind: RunKind;
let upTo: string;

beforeAll(async () => {
  database = await createTestDatabase();
  data = await fs.mkdtemp(path.join(os.tmpdir(), "tidemark-exports-"));
  folder = path.join(data, "exports");
  source = { reads: createReadDatabase(database.pool), catalog: createCatalog([]) };
  kind = exportRun(database.pool, source, folder);
  const store = createEventStore({ pool: database.pool });
  const act = { type: "ConsumerPaused", schemaVersion: 1, data: '{"summary":"an act"}' };
  for (let n = 0; n < EVENTS; n += 1_000) {
    const events = Array.from({ length: 100 }, (_, i) => ({
      type: i % 2 === 0 ? "Even" : "Odd",
      schemaVersion: 1 + (i % 3),
      data:
        i % 7 === 0
          ? `{\n  "n" : ${n + i},\t"text": "ü \\u00fc, \\"quoted\\""\n}`
          : JSON.stringify({ n: n + i, list: [1.5, null] }),
      metadata: i % 5 === 0 ? null : '{ "source" : "test" }',
      occurredAt: "2024-05-01T12:00:00.123456Z",
    }));
    for (let k = 0; k < 10; k++) {
      await store.append({
        writes: [
          { stream: `thing-${k}`, expectedVersion: "any", events },
          { stream: AUDIT_STREAM, expectedVersion: "any", events: [act] },
        ],
        ...{
          correlationId: `c-${n}`,
          causationId: k % 2 === 0 ? "cause" : null,
          actor: "ann",
          tenant: k < 5 ? "north" : null,
        },
      });
    }
  }
  await database.pool.query("select * from advance_high_water('test')");
  upTo = String((await store.highWater()).position);
});

afterAll(async () => {
  await database.close();
  await fs.rm(data, { recursive: true });
});

async function begin(input: Partial<ExportInput> = {}): Promise<bigint> {
  return inTransaction(database.pool, async (client) => {
    const whole = { filter: {}, audit: false, format: "jsonl", masked: true, upTo, ...input };
    const id = await createRun(client, kind, { input: whole, requestedBy: "test" });
    await client.query("insert into exports (run, format, file, masked, up_to) values ($1, $2, $3, true, $4)", [
      ...[id, whole.format, `export-${id}.${whole.format}`, upTo],
    ]);
    return id;
  });
}

async function carryOut(id: bigint): Promise<{ text: string; events: number; auditLeftOut: number }> {
  const stop = new AbortController();
  const log = createLogger("worker", { level: "fatal" });
  const done = executeRuns({ pool: database.pool, kinds: [kind], worker: "w", signal: stop.signal, log });
  const ended = await eventually(async () => {
    const { rows } = await database.pool.query("select state, error, result from runs where id = $1", [id]);
    expect(rows[0].state, rows[0].error).toBe("succeeded");
    return JSON.parse(rows[0].result);
  });
  stop.abort();
  await done;
  const bytes = await fs.readFile(path.join(folder, ended.file));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(ended.sha256);
  expect(bytes.length).toBe(ended.bytes);
  expect((await fs.stat(path.join(folder, ended.file))).mode & 0o777).toBe(0o600);
  return { text: bytes.toString("utf8"), events: ended.events, auditLeftOut: ended.auditLeftOut };
}

test("an export imported into an empty store gives the same events, byte for byte; the audit stays where it is", async () => {
  const { text, events } = await carryOut(await begin());
  expect(events).toBe(EVENTS);
  const lines = text.trimEnd().split("\n");
  expect(lines).toHaveLength(EVENTS);
  const empty = await createTestDatabase();
  try {
    const summary = await importBatch({ pool: empty.pool }, lines, { closedCategories: ["operations"] });
    expect(summary).toMatchObject({ appended: EVENTS, refused: [] });
    const content = async ({ pool }: TestDatabase) => {
      const { rows } = await pool.query(
        `select event_id, stream, version, type, schema_version, occurred_at, correlation_id, causation_id, actor, tenant, traceparent,
                data::text as data, coalesce(metadata::text, 'null') as metadata from events where category <> 'operations' order by position`,
      );
      return rows;
    };
    expect(await content(empty)).toEqual(await content(database));
    // And into the store that it came from it adds nothing.
    expect(await importBatch({ pool: database.pool }, lines.slice(0, 300))).toMatchObject({ appended: 0, refused: [] });
  } finally {
    await empty.close();
  }
}, 60_000);

test("an export of the whole log takes the audit along where it is asked for, and says how much it left out where it is not", async () => {
  const whole = await carryOut(await begin({ audit: true }));
  expect([whole.events, whole.auditLeftOut]).toEqual([EVENTS + ACTS, 0]);
  expect(whole.text.match(/"subject":"operations-audit"/g)).toHaveLength(ACTS);
  const without = await carryOut(await begin());
  expect([without.events, without.auditLeftOut]).toEqual([EVENTS, ACTS]);
  const filter = { stream: AUDIT_STREAM };
  expect((await carryOut(await begin({ filter, audit: true }))).events).toBe(ACTS);
}, 60_000);

test("an export that was left at a checkpoint goes on there, whatever stands in its file beyond, and gives the same file", async () => {
  const filter = { streamPart: "ing-3", type: "Even" };
  const whole = await carryOut(await begin({ filter, format: "csv" }));
  expect(whole.events).toBe(EVENTS / 10 / 2);
  expect(whole.text.split("\r\n")[0]).toMatch(/^position,id,type,.*,data,metadata$/);
  const again = await begin({ filter, format: "csv" });
  // As a worker leaves it that dies after writing: a checkpoint in the middle of the file, and more than that in it.
  const bytes = Buffer.from(whole.text);
  const at = whole.text.indexOf("\r\n", Math.floor(whole.text.length / 2)) + 2;
  const kept = Buffer.byteLength(whole.text.slice(0, at));
  const position = whole.text
    .slice(0, at)
    .trimEnd()
    .split(/\r\n(?=\d+,)/)
    .at(-1)
    ?.split(",")[0];
  await writeAt(exportFile(folder, again, "csv"), 0, bytes.subarray(0, kept + 1_000));
  await database.pool.query("update runs set checkpoint = $2 where id = $1", [
    again,
    JSON.stringify({ after: position, events: 7, bytes: kept }),
  ]);
  expect((await carryOut(again)).text).toBe(whole.text);
  // Where the file is not what the checkpoint says, it is written anew.
  const lost = await begin({ filter, format: "csv" });
  await database.pool.query("update runs set checkpoint = $2 where id = $1", [
    lost,
    JSON.stringify({ after: position, events: 7, bytes: kept }),
  ]);
  expect(await carryOut(lost)).toEqual(whole);
}, 60_000);

test("files go when their time is over or their run was cancelled, and the list says so", async () => {
  const id = await begin({ filter: { type: "Nothing" } });
  await carryOut(id);
  await fs.writeFile(path.join(folder, "export-999999.jsonl.part"), "of a run that nobody knows");
  await database.pool.query("update exports set expires_at = clock_timestamp() where run = $1", [id]);
  expect(await removeExpired(database.pool, folder)).toEqual(expect.arrayContaining([id, 999_999n]));
  expect((await fs.readdir(folder)).filter((name) => name.includes(`-${id}.`) || name.includes("999999"))).toEqual([]);
  const removedAt = async (run: bigint) =>
    (await database.pool.query("select removed_at from exports where run = $1", [run])).rows[0].removed_at;
  expect(await removedAt(id)).not.toBeNull();
  // One that somebody deleted by hand is said to be gone when its time is over, though there is nothing to remove.
  const gone = await begin({ filter: { type: "Nothing" } });
  await carryOut(gone);
  await fs.rm(exportFile(folder, gone, "jsonl").path);
  expect(await removeExpired(database.pool, folder)).toEqual([]);
  expect(await removedAt(gone)).toBeNull();
  await database.pool.query("update exports set expires_at = clock_timestamp() where run = $1", [gone]);
  expect(await removeExpired(database.pool, folder)).toEqual([]);
  expect(await removedAt(gone)).not.toBeNull();
});
