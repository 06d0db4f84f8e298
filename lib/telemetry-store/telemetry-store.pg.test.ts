import { afterAll, beforeAll, expect, test } from "vitest";
import { createReadDatabase } from "@/lib/db/read-database";
import { keepHouse } from "@/lib/subscriptions/keep-house";
import { startTelemetry, type Telemetry } from "@/lib/telemetry/start";
import { tallies } from "@/lib/telemetry/tallies";
import { currentTraceparent, withSpan } from "@/lib/telemetry/tracer";
import { writeSpans } from "@/lib/telemetry-store/write-spans";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
let telemetry: Telemetry;
beforeAll(async () => {
  database = await createTestDatabase();
  telemetry = startTelemetry({
    part: "test",
    exportsTraces: false,
    exportsMetrics: false,
    exportsLogs: false,
    keepsSpans: true,
  });
});
afterAll(async () => {
  await telemetry.shutdown();
  await database.close();
});

const stored = async (where = "true") => {
  const { rows } = await database.pool.query(`select * from spans where ${where} order by id`);
  return rows;
};

test("spans are written with what they did, and without what anybody is called, holds or said", async () => {
  let traceparent: string | null = null;
  const secret = "ada@example.org";
  const attributes = { "tidemark.stream": "order-1", "http.request.body": secret, "enduser.id": secret };
  await withSpan("outer", { attributes }, async () => {
    traceparent = currentTraceparent();
    await withSpan("inner", { kind: "CLIENT" }, () => Promise.reject(new Error(secret))).catch(() => undefined);
  });
  await writeSpans(database.pool);
  const [inner, outer] = await stored();
  expect(outer).toMatchObject({ name: "outer", kind: "internal", failed: false, service: "tidemark-test" });
  expect(`00-${outer.trace_id}-${outer.span_id}-01`).toBe(traceparent);
  expect(inner).toMatchObject({ name: "inner", kind: "client", failed: true, parent_id: outer.span_id });
  expect(JSON.parse(outer.attributes)).toEqual({ "tidemark.stream": "order-1" });
  expect(JSON.parse(inner.attributes)).toEqual({ "error.type": "Error" });
  expect(
    JSON.stringify([inner, outer], (_, value) => (typeof value === "bigint" ? String(value) : value)),
  ).not.toContain(secret);
});

test("a store that does not take them costs spans and nothing else: they are dropped and counted", async () => {
  const { full, failed, sampled } = tallies.spans;
  const many = 4_096 + 900;
  for (let n = 0; n < many; n++) await withSpan("many", {}, () => undefined);
  const dropped = tallies.spans.full - full + (tallies.spans.sampled - sampled);
  expect(dropped).toBeGreaterThanOrEqual(900);
  await database.owner.query("alter table spans rename to spans_away");
  await expect(writeSpans(database.pool)).rejects.toThrow();
  await database.owner.query("alter table spans_away rename to spans");
  expect(tallies.spans.failed - failed).toBe(500);
  for (let more = true; more; ) more = await writeSpans(database.pool);
  expect((await stored("name = 'many'")).length).toBe(many - dropped - 500);
  // Nothing is left over, and nothing was traced of the writing.
  expect(await writeSpans(database.pool)).toBe(false);
  expect(await stored("name like 'pg.%'")).toEqual([]);
});

test("house-keeping keeps the newest spans and no old ones, and no process that is gone", async () => {
  await database.owner.query(
    "update spans set started_at = clock_timestamp() - interval '4 days' where name = 'outer'",
  );
  await database.owner.query(
    "insert into process_metrics (instance, service, seen_at, metrics) values ('gone', 'tidemark-worker', clock_timestamp() - interval '11 minutes', '[]')",
  );
  const stop = new AbortController();
  const house = keepHouse({
    pool: database.pool,
    owner: "test",
    keptSpans: 1_000,
    signal: stop.signal,
    onError: () => undefined,
  });
  await eventually(async () => (await stored()).length <= 1_000);
  stop.abort();
  await house;
  expect(await stored("name = 'outer'")).toEqual([]);
  const { rows } = await database.pool.query("select * from process_metrics");
  expect(rows).toEqual([]);
});

test("reading the spans of a trace uses their index", async () => {
  const plan = await createReadDatabase(database.pool).query<Record<string, string>>(
    "explain select * from spans where trace_id = any ($1) order by trace_id, id limit 5000",
    [["0af7651916cd43dd8448eb211c80319c"]],
  );
  expect(JSON.stringify(plan)).not.toContain("Seq Scan");
});
