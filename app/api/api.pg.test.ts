// Long because all of it asks one store with one worker, whose start costs more than the questions.
import fs from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { endpoints } from "@/app/api/_endpoints";
import { inProcessClient } from "@/app/api/in-process-client";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { executeRuns } from "@/lib/runs/run-executor";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const token = "a-token-for-tests-only";
const { send } = inProcessClient(token);
const local = (path: string) => `/api/v1/local${path}`;
let database: TestDatabase;
const stop = new AbortController();
let worker: Promise<void>;
let runs: Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  const { pool, catalog, projections, runKinds } = await tidemark();
  runs = executeRuns({
    pool,
    kinds: runKinds,
    worker: "api-test",
    signal: stop.signal,
    log: createLogger("worker", { level: "silent" }),
  });
  worker = runWorker({
    url: database.url,
    pool,
    consumers: projectionConsumers(projections, catalog, "tidemark"),
    workerId: "api-test",
    signal: stop.signal,
    log: createLogger("worker", { level: "silent" }),
  });
});

afterAll(async () => {
  stop.abort();
  await worker;
  await runs;
  await (await tidemark()).close();
  await database.close();
});

const order = {
  customerId: "cust-1",
  name: "Ada Byron",
  email: "ada@example.org",
};

test("every endpoint of the document has its route file, and every route file its endpoint", () => {
  const files = fs
    .readdirSync("app/api/v1/[store]", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("route.ts"))
    .map((file) => `/api/v1/{store}/${file.replace("/route.ts", "").replaceAll("[", "{").replaceAll("]", "}")}`);
  const paths = new Set(endpoints.map(([, { path }]) => path).filter((path) => path.includes("{store}")));
  expect(new Set(files)).toEqual(paths);
});

test("what is appended is read back byte for byte, by id, by position and by stream", async () => {
  const data = '{ "big": 12345678901234.5,\n "text": "\\u00e9é",  "z":1, "a": 1.0 }';
  const body = `{"expectedVersion":"none","events":[{"type":"Noted","data":${data},"metadata":{"b" :2}}]}`;
  const headers = { "content-type": "application/json", "idempotency-key": "note-1", "correlation-id": "talk-1" };
  const first = await send("POST", local("/streams/note-1/events"), { body, headers });
  expect(first.status).toBe(201);
  expect(first.json).toMatchObject({ fromVersion: 1, toVersion: 1, replayed: false });
  expect(first.json.firstPosition).toMatch(/^\d+$/);
  const again = await send("POST", local("/streams/note-1/events"), { body, headers });
  expect(again.json).toMatchObject({ fromVersion: 1, replayed: true, firstPosition: first.json.firstPosition });

  const stream = await send("GET", local("/streams/note-1/events"));
  expect(stream.text).toContain(`"data":${data},"metadata":{"b" :2}`);
  const [event] = stream.json.events;
  expect(event).toMatchObject({ type: "Noted", schemaVersion: 1, correlationId: "talk-1", actor: "service" });
  const byId = await send("GET", local(`/events/${event.id}`));
  expect(byId.text).toContain(data);
  expect(byId.json).toMatchObject({ id: event.id, reading: { status: "unknown-type" }, causes: [], effects: [] });
  const byPosition = await send("GET", local(`/log/${event.position}`));
  expect(byPosition.json.id).toBe(event.id);
  await eventually(async () => (await send("GET", local("/events?category=note"))).json.events.length === 1);
});

test("a wrong expected version, a reused key and a missing stream say what is the matter", async () => {
  const append = (expectedVersion: unknown, headers = {}) =>
    send("POST", local("/streams/clash-1/events"), {
      body: { expectedVersion, events: [{ type: "Clashed", data: { n: expectedVersion } }] },
      headers,
    });
  expect((await append("none", { "idempotency-key": "k" })).status).toBe(201);
  const conflict = await append(7);
  expect(conflict.status).toBe(409);
  expect(conflict.headers.get("content-type")).toBe("application/problem+json");
  expect(conflict.json).toMatchObject({ code: "version-conflict", expected: 7, actual: 1, status: 409 });
  expect(conflict.json.requestId).toBe(conflict.headers.get("x-request-id"));
  expect((await append(1, { "idempotency-key": "k" })).json).toMatchObject({
    code: "idempotency-key-reused",
    status: 422,
  });
  expect((await send("GET", local("/streams/nobody-1/events"))).json).toMatchObject({ code: "not-found", status: 404 });
  expect((await send("GET", local("/nowhere"))).json).toMatchObject({ code: "not-found", status: 404 });
  expect((await send("GET", "/api/v1/elsewhere/streams")).json).toMatchObject({ code: "not-found", kind: "store" });
  const wrongMethod = await send("DELETE", local("/streams/clash-1/events"));
  expect([wrongMethod.status, wrongMethod.headers.get("allow")]).toEqual([405, "GET, POST"]);
});

test("several streams are appended all or nothing", async () => {
  const write = (stream: string, expectedVersion: unknown) => ({
    stream,
    expectedVersion,
    events: [{ type: "Moved", data: {} }],
  });
  const refused = await send("POST", local("/append"), {
    body: { appends: [write("both-1", "none"), write("both-2", 5)] },
  });
  expect(refused.json.code).toBe("version-conflict");
  expect((await send("GET", local("/streams/both-1/events"))).status).toBe(404);
  const done = await send("POST", local("/append"), {
    body: { appends: [write("both-1", "none"), write("both-2", "any")] },
  });
  expect(done.status).toBe(201);
  expect(done.json.appends.map((one: { stream: string }) => one.stream)).toEqual(["both-1", "both-2"]);
});

test("a command's whole path can be followed: outcome, trace, state, read model", async () => {
  const catalog = (await send("GET", local("/catalog"))).json;
  const create = catalog.commands.find((command: { category: string }) => command.category === "order");
  expect(create.schema.type).toBe("object");
  const unknown = await send("POST", local("/commands/order/42/NoSuchCommand"), { body: {} });
  expect(unknown.json).toMatchObject({ code: "not-found", status: 404 });
  const malformed = await send("POST", local(`/commands/order/42/${create.name}`), { body: { nonsense: true } });
  expect(malformed.json).toMatchObject({ code: "invalid-request", status: 400 });
  expect(malformed.json.issues.length).toBeGreaterThan(0);

  const accepted = await send("POST", local("/commands/order/42/OpenCart"), {
    body: order,
    headers: { "correlation-id": "tour-1", "idempotency-key": "open-42" },
  });
  expect(accepted.json).toMatchObject({ outcome: "accepted", stream: "order-42", version: 1 });
  const rejected = await send("POST", local("/commands/order/42/OpenCart"), {
    body: { ...order, customerId: "cust-2" },
  });
  expect([rejected.status, rejected.json.code]).toEqual([422, "rejected"]);
  expect(rejected.json.rejection).toBe("order.cart-taken");

  const { position } = accepted.json;
  const model = await send("GET", local(`/read-models/order-summary?key=order-42&minPosition=${position}`));
  expect(model.status).toBe(200);
  expect(model.json.rows).toHaveLength(1);
  const trace = await eventually(async () => {
    const { json } = await send("GET", local("/traces/tour-1"));
    return json.settled ? json : undefined;
  });
  expect(trace.commands[0]).toMatchObject({ name: "OpenCart", stream: "order-42" });
  expect(trace.events[0].consumers.map(({ consumer }: { consumer: string }) => consumer)).toContain("order-summary");
  expect(trace).toMatchObject({ timers: 0, waits: [] });
  const listed = (await send("GET", local("/traces?stream=order-42&state=unsettled"))).json;
  expect(listed).toMatchObject({ traces: [], next: null });
  const [row] = (await send("GET", local("/traces?stream=order-42&limit=1"))).json.traces;
  expect(row).toMatchObject({ correlationId: "tour-1", settled: true, events: 1, command: { name: "OpenCart" } });
  const wrong = await send("GET", local("/traces?state=gone"));
  expect([wrong.status, wrong.json.code]).toEqual([400, "invalid-request"]);
  expect((await send("GET", local("/traces?colour=red"))).json.issues).toMatchObject([{ path: "colour" }]);
  // Whoever began it outside of any trace has no spans, and is told so.
  const spans = (query: string) => send("GET", local(`/spans?startedAt=${trace.startedAt}&endUs=0&${query}`));
  expect((await spans("traceparent=none")).json).toEqual({ spans: [], split: [], missing: "no-trace" });
  const unsampled = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
  expect((await spans(`traceparent=${unsampled}`)).json.missing).toBe("not-sampled");
  expect((await spans("")).status).toBe(400);
  expect((await send("GET", local("/streams/order-42/state"))).json).toMatchObject({ version: 1, known: true });
  expect((await send("GET", local("/streams/order-42/state?at=2001-01-01T00:00:00Z"))).json.version).toBe(0);
});

test("a read model that is asked for a position it cannot have yet answers 504 with its lag", async () => {
  const { pool } = await tidemark();
  await pool.query("update consumers set state = 'paused' where name = 'orders-per-day'");
  const far = await send("GET", local("/read-models/orders-per-day?minPosition=999999999"));
  await pool.query("update consumers set state = 'running' where name = 'orders-per-day'");
  expect(far.json).toMatchObject({
    code: "not-yet",
    status: 504,
    projection: "orders-per-day",
    minPosition: "999999999",
  });
}, 20_000);

test("pausing and resuming answer when a worker has seen it, and are audited", async () => {
  const paused = await send("POST", local("/projections/order-summary/pause"), { body: { reason: "a look inside" } });
  expect([paused.status, paused.json.observed]).toEqual([200, true]);
  const shown = (await send("GET", local("/projections/order-summary"))).json;
  expect(shown).toMatchObject({ state: "paused", stateBy: "service" });
  expect(shown.partitions).toHaveLength(4);
  await send("POST", local("/commands/order/43/OpenCart"), { body: order });
  const resumed = await send("POST", local("/projections/order-summary/resume"));
  expect([resumed.status, resumed.json.state]).toEqual([200, "running"]);
  await eventually(
    async () => (await send("GET", local("/read-models/order-summary?key=order-43"))).json.rows.length === 1,
  );
  const audit = (await send("GET", local("/streams/operations-audit/events"))).json.events;
  expect(audit.map((event: { type: string }) => event.type)).toEqual(["ProjectionPaused", "ProjectionResumed"]);
  expect(audit[0].data.summary).toBe("Paused order-summary: a look inside");
  const forged = await send("POST", local("/streams/operations-audit/events"), {
    body: { expectedVersion: "any", events: [{ type: "ProjectionPaused", data: {} }] },
  });
  expect(forged.json.code).toBe("forbidden");
  expect((await send("POST", local("/projections/nothing/pause"))).json.code).toBe("not-found");
}, 30_000);

test("health tells a stranger that the store answers, and an insider how it is", async () => {
  const stranger = await inProcessClient(undefined).send("GET", "/api/v1/health");
  expect([stranger.status, stranger.json]).toEqual([200, { status: "ok" }]);
  const insider = await send("GET", "/api/v1/health");
  expect(insider.json.stores[0]).toMatchObject({ store: "local", highWater: { alive: true } });
  const wrong = await send("GET", "/api/v1/health", { headers: { authorization: "Bearer wrong" } });
  expect(wrong.status).toBe(401);
});

test("projections, overview, traffic and the document are served", async () => {
  const { projections } = (await send("GET", local("/projections"))).json;
  expect(projections.map((row: { name: string }) => row.name).sort()).toEqual(
    (await tidemark()).projections.map(({ name }) => name).sort(),
  );
  expect((await send("GET", local("/overview"))).status).toBe(200);
  const traffic = await send("POST", local("/traffic/start"), { body: { ratePerSecond: 7 } });
  expect([traffic.status, traffic.json.state, traffic.json.ratePerSecond]).toEqual([202, "running", 7]);
  expect((await send("POST", local("/traffic"), { body: { state: "stopped" } })).json.state).toBe("stopped");
  const link = await send("POST", "/api/v1/sign-in-links");
  expect(link.json.url).toMatch(/^http:\/\/console\.test\/sign-in\?token=tml_/);
  const document = (await send("GET", "/api/v1/openapi.json")).json;
  expect(document.openapi).toBe("3.1.0");
  for (const [method, { path }] of endpoints) expect(document.paths[path][method].summary).toBeTruthy();
});

test("a long job is a run: asked for, watched, paused, resumed, ended, and in the audit with who and why", async () => {
  const asked = await send("POST", local("/verify"), { body: { perSecond: 0.5, reason: "doubt", ticket: "INC-1" } });
  expect([asked.status, asked.json.run.state]).toEqual([202, "waiting"]);
  const { id } = asked.json.run;
  const again = await send("POST", local("/verify"));
  expect([again.status, again.json.code, again.json.run]).toEqual([409, "conflict", id]);
  const act = (name: string, body: unknown = {}) => send("POST", local(`/runs/${id}/${name}`), { body });
  await eventually(async () => (await send("GET", local(`/runs/${id}`))).json.state === "running");
  const paused = await act("pause", { reason: "later" });
  expect([paused.status, paused.json.observed, paused.json.state]).toEqual([200, true, "paused"]);
  expect((await act("throttle", { perSecond: null })).json.throttle).toBeNull();
  expect((await act("promote")).json.code).toBe("conflict");
  expect((await act("resume")).status).toBe(200);
  const ended = await eventually(async () => {
    const { json } = await send("GET", local(`/runs/${id}`));
    return json.state === "succeeded" ? json : undefined;
  });
  expect(ended).toMatchObject({ requestedBy: "service", reason: "doubt", ticket: "INC-1", result: { faults: 0 } });
  expect(ended.log.map(({ message }: { message: string }) => message)).toContain("paused at its checkpoint");
  expect((await act("cancel")).json.code).toBe("conflict");
  const listed = (await send("GET", local("/runs?kind=verify-log&state=succeeded&limit=1"))).json;
  expect(listed.runs[0]).toMatchObject({ id, kind: "verify-log", unit: "events" });
  expect((await send("GET", local("/runs?state=live"))).json.runs).toEqual([]);
  expect((await send("GET", local("/runs/999999"))).json.code).toBe("not-found");
  const audit = (await send("GET", local("/streams/operations-audit/events?limit=500"))).json.events;
  const acts = audit
    .filter((event: { data: { target: string } }) => event.data.target === `run ${id}`)
    .map((event: { type: string; data: { outcome: string } }) => `${event.type} ${event.data.outcome}`);
  expect(acts).toEqual([
    "RunPaused done",
    "RunThrottled done",
    "OperationRefused refused",
    "RunResumed done",
    "OperationRefused refused",
  ]);
}, 30_000);

test("the audit says who did what to what and why, refused attempts too, page by page", async () => {
  await send("POST", local("/projections/order-summary/pause"), { body: { reason: "a look", ticket: "INC-9" } });
  await send("POST", local("/projections/order-summary/resume"));
  await send("POST", local("/projections/no-such/pause"));
  const mine = (await send("GET", local("/audit?target=order-summary&limit=2"))).json;
  expect(mine.entries.map((entry: { act: string }) => entry.act)).toEqual(["resume-projection", "pause-projection"]);
  expect(mine.entries[1]).toMatchObject({ actor: "service", via: "token", reason: "a look", ticket: "INC-9" });
  expect(mine.entries[1]).toMatchObject({ outcome: "done", code: null, target: "order-summary" });
  const refused = (await send("GET", local("/audit?outcome=refused&target=no-such"))).json;
  expect(refused.entries).toMatchObject([{ act: "pause-projection", code: "not-found", outcome: "refused" }]);
  const older = (await send("GET", local(`/audit?limit=1&cursor=${mine.entries[1].version}`))).json;
  expect(older.entries[0].version).toBeLessThan(mine.entries[1].version);
  expect((await send("GET", local("/audit?actor=nobody"))).json).toEqual({ entries: [], next: null, scan: null });
});

test("what was asked of the domain is kept with its outcome, refusals too, and never with what was sent", async () => {
  const key = { "idempotency-key": "kept-1", "correlation-id": "kept-talk" };
  const ask = (command: string, body: object) =>
    send("POST", local(`/commands/order/kept/${command}`), { body, headers: command === "OpenCart" ? key : {} });
  expect((await ask("OpenCart", order)).status).toBe(200);
  expect((await ask("OpenCart", order)).json.replayed).toBe(true);
  expect((await ask("PlaceOrder", {})).status).toBeGreaterThanOrEqual(400);
  expect((await ask("OpenCart", { ...order, email: 7 })).status).toBe(400);
  const log = (query: string) => send("GET", local(`/commands/log?stream=order-kept${query}`));
  await eventually(async () => (await log("")).json.commands.length === 3);
  const { json, text } = await log("");
  expect(json.commands.map((row: { outcome: string }) => row.outcome)).toEqual([
    "invalid",
    expect.anything(),
    "accepted",
  ]);
  expect(text).not.toMatch(/Ada Byron|ada@example/);
  expect((await log("&outcome=refused")).json.commands).toHaveLength(2);
  const { commands, next } = (await log("&limit=2")).json;
  const rest = (await log(`&limit=2&cursor=${next}`)).json;
  expect([...commands, ...rest.commands]).toEqual(json.commands);
  expect(rest.next).toBeNull();
  const [one] = rest.commands;
  const page = (await send("GET", local(`/commands/log/${one.id}`))).json;
  expect(page).toMatchObject({ correlationId: "kept-talk", events: [{ type: "CartOpened", version: 1 }] });
  const found = (await send("GET", local(`/search?q=${one.id}`))).json;
  expect(JSON.stringify(found)).toContain("OpenCart on order-kept, accepted");
  expect((await send("GET", local("/commands/log/00000000-0000-7000-8000-000000000000"))).status).toBe(404);
});

test("the store says what it stands on, and each act how grave it is", async () => {
  const { json: facts, text } = await send("GET", local("/store"));
  expect(facts).toMatchObject({ mayChangeEvents: false, schema: "tidemark", standby: false });
  expect(Math.abs(facts.clockOffMs)).toBeLessThan(60_000);
  expect(BigInt(facts.highWater)).toBeLessThanOrEqual(BigInt(facts.head));
  expect(facts.settings.map((setting: { name: string }) => setting.name)).toContain("fsync");
  expect(text).not.toMatch(/postgres(ql)?:\/\/|password/i);
  const { acts } = (await send("GET", local("/acts"))).json;
  const skip = acts.find((act: { name: string }) => act.name === "skip-dead-letters");
  expect(skip).toMatchObject({ level: "S3", needsReason: true, audited: true, role: "operator" });
});

test("a partition is split and merged while it works; a projection whose rows meet streams is left whole", async () => {
  const at = (partition: number, act: string) => local(`/projections/order-summary/partitions/${partition}/${act}`);
  const split = await send("POST", at(3, "split"), { body: { at: 900, reason: "a busy stream" } });
  expect(split.status).toBe(200);
  expect(split.json.partitions.map((row: { sliceFrom: number }) => row.sliceFrom)).toEqual([0, 256, 512, 768, 900]);
  const [half] = split.json.partitions.slice(-2);
  expect((await send("POST", at(half.partition, "merge"))).status).toBe(200);
  expect((await send("GET", local("/projections/order-summary"))).json.partitions).toHaveLength(4);
  expect((await send("POST", at(half.partition, "split"))).json.code).toBe("not-found");
  expect((await send("POST", local("/projections/orders-per-day/partitions/0/split"))).json.code).toBe("conflict");
  expect((await send("POST", local("/projections/order-summary/partitions/x/merge"))).json.code).toBe(
    "invalid-request",
  );
}, 30_000);

test("lines of CloudEvents are imported once, and refused ones are named", async () => {
  const line = (id: string) =>
    JSON.stringify({ specversion: "1.0", id, source: "/test", type: "Permit", subject: "permit-1", data: { n: 1 } });
  const body = `${line("11111111-1111-4111-8111-111111111111")}\nnot json\n`;
  const headers = { "content-type": "application/x-ndjson" };
  const first = await send("POST", local("/import"), { body, headers });
  expect(first.json).toMatchObject({ appended: 1, duplicates: 0, refused: [{ line: 2 }] });
  expect((await send("POST", local("/import"), { body, headers })).json).toMatchObject({ appended: 0, duplicates: 1 });
});
