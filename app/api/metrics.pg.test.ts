// First, for its effect: what is loaded before it is not instrumented.

import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { telemetry } from "@/lib/runtime/instrumented";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { writeMetrics } from "@/lib/telemetry-store/write-metrics";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { type ParsedFamily, parseExposition } from "@/lib/testing/parse-exposition";

const token = "a-token-for-tests-only";
const { send } = inProcessClient(token);
let database: TestDatabase;
const stop = new AbortController();
let worker: Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  const { pool, catalog, projections } = await tidemark();
  worker = runWorker({
    url: database.url,
    pool,
    consumers: projectionConsumers(projections, catalog, "tidemark"),
    workerId: "metrics-test",
    signal: stop.signal,
    log: createLogger("worker", { level: "silent" }),
  });
});

afterAll(async () => {
  stop.abort();
  await worker;
  await (await tidemark()).close();
  await database.close();
  await telemetry.shutdown();
});

async function scrape(): Promise<ReadonlyMap<string, ParsedFamily>> {
  const { status, text, headers } = await send("GET", "/api/metrics");
  expect([status, headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  return parseExposition(text);
}

function sumOf(families: ReadonlyMap<string, ParsedFamily>, name: string, labels: Record<string, string> = {}) {
  const wanted = Object.entries(labels);
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter((one) => one.name === name && wanted.every(([label, value]) => one.labels[label] === value));
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

test("a scrape tells of appends, commands, consumers, errors and pools, in a form that Prometheus takes, and of no stream", async () => {
  const body = { customerId: "cust-1", name: "Ada Byron", email: "ada@example.org" };
  for (const id of ["one", "two", "three"]) {
    expect((await send("POST", `/api/v1/local/commands/order/${id}/OpenCart`, { body })).status).toBe(200);
  }
  const append = { expectedVersion: "none", events: [{ type: "Noted", data: {} }] };
  expect((await send("POST", "/api/v1/local/streams/note-of-ada/events", { body: append })).status).toBe(201);
  expect((await send("POST", "/api/v1/local/streams/note-of-ada/events", { body: append })).status).toBe(409);

  const families = await eventually(async () => {
    const read = await scrape();
    const lag = sumOf(read, "tidemark_consumer_lag_events", { consumer: "order-summary" });
    const done = sumOf(read, "messaging_client_consumed_messages_total", {
      messaging_consumer_group_name: "order-summary",
    });
    return lag === 0 && (done ?? 0) >= 3 ? read : undefined;
  });
  const read = (name: string, labels?: Record<string, string>) => sumOf(families, name, labels);
  expect(read("tidemark_appends_total", { outcome: "stored" })).toBe(4);
  expect(read("tidemark_appends_total", { outcome: "conflict" })).toBe(1);
  expect(read("tidemark_append_events_total")).toBe(4);
  expect(
    read("tidemark_command_duration_seconds_count", { tidemark_command: "OpenCart", tidemark_outcome: "accepted" }),
  ).toBe(3);
  expect(read("tidemark_errors_total", { code: "version-conflict" })).toBe(1);
  expect(
    read("http_server_request_duration_seconds_count", {
      http_route: "/api/v1/{store}/commands/{category}/{id}/{command}",
      http_response_status_code: "200",
    }),
  ).toBe(3);
  expect(read("db_client_connection_max", { db_client_connection_pool_name: "tidemark-console" })).toBe(8);
  expect(read("tidemark_high_water_position")).toBe(4);
  expect(read("tidemark_high_water_age_seconds")).toBe(0);
  expect(read("tidemark_high_water_agent", { worker: "metrics-test" })).toBe(1);
  expect(read("tidemark_workers")).toBe(1);
  expect(read("tidemark_consumer_partitions", { consumer: "order-summary", state: "free" })).toBe(0);
  const text = [...families].map(([name, { samples }]) => `${name} ${JSON.stringify(samples)}`).join("\n");
  for (const personal of ["note-of-ada", "order-one", "Ada Byron", "cust-1"]) expect(text).not.toContain(personal);
});

test("what another process counted is told under its name, and not for ever once it is gone", async () => {
  const own = await scrape();
  const mine = sumOf(own, "tidemark_appends_total", { outcome: "stored" }) ?? 0;
  const { pool } = await tidemark();
  await writeMetrics(pool);
  await database.owner.query("update process_metrics set instance = 'elsewhere-1', service = 'tidemark-worker'");
  const both = await scrape();
  expect(sumOf(both, "tidemark_appends_total", { outcome: "stored", service_instance_id: "elsewhere-1" })).toBe(mine);
  expect(sumOf(both, "tidemark_appends_total", { outcome: "stored" })).toBe(2 * mine);
  expect(sumOf(both, "db_client_connection_current", { service_instance_id: "elsewhere-1" })).toBeDefined();

  const ago = (seconds: number) =>
    database.owner.query("update process_metrics set seen_at = clock_timestamp() - $1 * interval '1 second'", [
      seconds,
    ]);
  await ago(60);
  const lately = await scrape();
  expect(sumOf(lately, "tidemark_appends_total", { outcome: "stored" })).toBe(2 * mine);
  expect(sumOf(lately, "db_client_connection_current", { service_instance_id: "elsewhere-1" })).toBeUndefined();
  await ago(130);
  expect(sumOf(await scrape(), "tidemark_appends_total", { service_instance_id: "elsewhere-1" })).toBeUndefined();
});

test("metrics are told to those who may see the store, and to nobody else", async () => {
  expect((await inProcessClient(undefined).send("GET", "/api/metrics")).status).toBe(401);
  expect((await send("GET", "/api/metrics?everything=1")).status).toBe(400);
});
