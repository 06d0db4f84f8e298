import http from "node:http";
import type net from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { openSession } from "@/lib/access/session";
import { evaluateAlerts } from "@/lib/alerts/evaluate";
import { sendNotices } from "@/lib/alerts/send/send-notices";
import { registerProjections } from "@/lib/projections/register-projections";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const token = "a-token-for-tests-only";
const { send } = inProcessClient(token);
const local = (path: string) => `/api/v1/local${path}`;
const post = (path: string, body: unknown = {}) => send("POST", local(path), { body });
const secret = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  const { pool, projections, catalog } = await tidemark();
  await registerProjections(pool, projections, catalog);
  // No worker runs here, so one rule has something to say.
  await evaluate();
});
beforeEach(() => database.pool.query("delete from alert_channels"));
afterAll(async () => {
  await (await tidemark()).close();
  await database.close();
});

async function evaluate(): Promise<void> {
  const { pool, reads } = await tidemark();
  await evaluateAlerts({ pool, reads, owner: "test" });
}

async function firing(): Promise<string> {
  await database.pool.query("delete from alerts; delete from alert_silences");
  await evaluate();
  const { json } = await send("GET", local("/alerts"));
  expect(json.watch).toMatchObject({ stale: false, by: "test" });
  const missing = json.alerts.find(({ rule }: { rule: string }) => rule === "worker-missing");
  expect(missing).toMatchObject({ state: "firing", severity: "critical", cause: { kind: "workers", alive: 0 } });
  return missing.id;
}

test("an alert is taken up once, and the audit says by whom and why", async () => {
  const id = await firing();
  const taken = await post(`/alerts/A-${id}/acknowledge`, { reason: "on it", ticket: "OPS-1" });
  expect(taken.json.alert).toMatchObject({ state: "acknowledged", changeReason: "on it" });
  expect(taken.json.transitions.map(({ to }: { to: string }) => to)).toEqual(["firing", "acknowledged"]);
  expect(await post(`/alerts/${id}/acknowledge`)).toMatchObject({ status: 409 });
  expect((await send("GET", local(`/audit?limit=5`))).text).toContain("Acknowledged alert");
  expect(await send("GET", local("/alerts/999999"))).toMatchObject({ status: 404 });
  expect(await send("GET", local("/alerts/none"))).toMatchObject({ status: 404 });
});

test("a silence needs a reason and an end, holds over evaluations, and can be ended", async () => {
  const id = await firing();
  const until = new Date(Date.now() + 3_600_000).toISOString();
  expect(await post(`/alerts/${id}/silence`, { until })).toMatchObject({ status: 400 });
  expect(await post(`/alerts/${id}/silence`, { until: "2020-01-01T00:00:00Z", reason: "late" })).toMatchObject({
    status: 400,
  });
  const silenced = await post(`/alerts/${id}/silence`, { until, reason: "a drill" });
  expect(silenced.json).toMatchObject({ alert: { state: "silenced" }, silence: { reason: "a drill" } });
  await evaluate();
  expect((await send("GET", local(`/alerts/${id}`))).json.alert.state).toBe("silenced");
  expect((await post(`/alerts/${id}/unsilence`)).json).toMatchObject({ alert: { state: "firing" }, silence: null });
  expect(await post(`/alerts/${id}/unsilence`)).toMatchObject({ status: 409 });
});

test("a rule's settings are changed within their bounds, show who changed them, and go back", async () => {
  const set = await post("/alert-rules/worker-missing", { settings: { workers: 3 }, reason: "three are paid for" });
  expect(set.json.rule.settings).toContainEqual(
    expect.objectContaining({ name: "workers", value: 3, changedBy: expect.any(String) }),
  );
  expect(await post("/alert-rules/worker-missing", { settings: { workers: 0 } })).toMatchObject({ status: 400 });
  expect(await post("/alert-rules/worker-missing", { settings: { nonsense: 1 } })).toMatchObject({ status: 400 });
  expect(await post("/alert-rules/nonsense", { settings: { workers: 1 } })).toMatchObject({ status: 404 });
  const back = await post("/alert-rules/worker-missing", { settings: { workers: null } });
  expect(back.json.rule.settings).toContainEqual(
    expect.objectContaining({ name: "workers", value: 1, changedBy: null }),
  );
});

test("an objective is set, outlives a restart of the code, and goes back to what the code declares", async () => {
  const set = await post("/slos/order-summary", { objectiveMs: 1_234, target: 0.99 });
  expect(set.json).toMatchObject({ objectiveMs: 1_234, target: 0.99 });
  const { pool, projections, catalog } = await tidemark();
  await registerProjections(pool, projections, catalog);
  expect((await send("GET", local("/projections/order-summary"))).json.sloMs).toBe(1_234);
  expect((await send("GET", local("/slos"))).json.slos).toContainEqual(
    expect.objectContaining({ consumer: "order-summary", objectiveMs: 1_234 }),
  );
  const back = await post("/slos/order-summary", { objectiveMs: null, target: null });
  expect(back.json).toMatchObject({ objectiveMs: 5_000, target: 0.999 });
  expect(await post("/slos/order-summary", {})).toMatchObject({ status: 400 });
  expect(await post("/slos/nobody", { objectiveMs: 1 })).toMatchObject({ status: 404 });
});

test("a channel is added, tested, changed and removed, and its secrets are nowhere to be read", async () => {
  const got: string[] = [];
  const receiver = http.createServer((request, response) => {
    got.push(String(request.headers["webhook-id"]));
    request.resume().on("end", () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as net.AddressInfo;
  const stop = new AbortController();
  const { pool } = await tidemark();
  const sending = sendNotices({
    ...{ pool, owner: "test", consoleUrl: null, allowed: ["loopback"], signal: stop.signal },
    onError: () => undefined,
  });
  try {
    const url = `http://127.0.0.1:${port}/hook/hidden-path?key=hidden-key`;
    const added = await post("/channels", { name: "on-call", address: { kind: "webhook", url, secret } });
    expect(added.status).toBe(201);
    const { id, shown } = added.json.channel;
    expect(shown).toBe(`http://127.0.0.1:${port}/…`);
    expect(await post("/channels", { name: "on-call", address: { kind: "slack", url } })).toMatchObject({
      status: 409,
    });
    const tested = await post(`/channels/${id}/test`);
    expect(tested).toMatchObject({ status: 200, json: { sent: true, delivery: { state: "sent", attempts: 1 } } });
    expect(got).toEqual([`msg_${tested.json.delivery.messageId}`]);
    expect((await post(`/channels/${id}`, { enabled: false, leastSeverity: "critical" })).json.channel).toMatchObject({
      enabled: false,
    });
    expect(await post(`/channels/${id}/test`)).toMatchObject({ status: 409 });
    const everything = [
      ...[added, tested, await send("GET", local("/channels")), await send("GET", local("/audit?limit=50"))],
      await send("GET", local("/events?limit=50")),
    ];
    for (const { text } of everything) expect(text).not.toMatch(/hidden|whsec_/);
    expect(await post(`/channels/${id}/remove`)).toMatchObject({ status: 200, json: { name: "on-call" } });
    expect((await send("GET", local("/channels"))).json.channels).toEqual([]);
  } finally {
    stop.abort();
    await sending;
    receiver.close();
  }
});

test("a notice that failed is sent once more under its id, is audited, and is not asked for twice at once", async () => {
  const got: string[] = [];
  let answer = 410;
  const receiver = http.createServer((request, response) => {
    got.push(String(request.headers["webhook-id"]));
    request.resume().on("end", () => response.writeHead(answer).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as net.AddressInfo;
  const { pool } = await tidemark();
  const url = `http://127.0.0.1:${port}/`;
  await post("/channels", { name: "ops", address: { kind: "webhook", url, secret }, states: ["firing"] });
  const alert = await firing();
  const stop = new AbortController();
  const sending = sendNotices({
    ...{ pool, owner: "test", consoleUrl: null, allowed: ["loopback"], signal: stop.signal },
    onError: () => undefined,
  });
  const notice = () =>
    eventually(async () => {
      const [found] = (await send("GET", local(`/alerts/${alert}`))).json.deliveries;
      expect(found.endedAt).not.toBeNull();
      return found;
    });
  try {
    const failed = await notice();
    expect(failed).toMatchObject({ state: "failed", attempts: 1, error: "the receiver answered 410" });
    answer = 204;
    const path = `/alerts/A-${alert}/notices/${failed.id}/send`;
    const again = await post(path, { reason: "the receiver is back" });
    expect(again).toMatchObject({ status: 200, json: { sent: true, delivery: { state: "sent", attempts: 2 } } });
    // Other alerts of this store may be told of meanwhile.
    expect(got.filter((id) => id === `msg_${failed.messageId}`)).toHaveLength(2);
    expect((await send("GET", local("/audit?limit=5"))).text).toContain(`Had notice ${failed.id}`);
    expect(await post(`/alerts/${alert}/notices/999999/send`)).toMatchObject({ status: 404 });
    expect(await post(`/alerts/999999/notices/${failed.id}/send`)).toMatchObject({ status: 404 });
    // While one is on its way a second is refused, and so is one to a channel that is switched off.
    await database.pool.query(
      "update alert_deliveries set state = 'waiting', ended_at = null, next_attempt_at = clock_timestamp() + interval '1 hour' where id = $1",
      [failed.id],
    );
    expect(await post(path)).toMatchObject({ status: 409, json: { state: "waiting" } });
    await database.pool.query("update alert_deliveries set state = 'failed', ended_at = clock_timestamp()");
    await database.pool.query("update alert_channels set enabled = false");
    expect(await post(path)).toMatchObject({ status: 409 });
  } finally {
    stop.abort();
    await sending;
    receiver.close();
  }
});

test("one objective is told in detail, and the overview of a past moment says what is not known of it", async () => {
  await database.pool.query(
    `delete from slo_time;
     insert into slo_time select 'order-summary', 60, date_trunc('minute', clock_timestamp()) - interval '90 minutes', 20000, 30000;
     insert into slo_time select 'order-summary', 3600, date_trunc('hour', clock_timestamp() - interval '90 minutes'), 20000, 30000`,
  );
  await post("/slos/order-summary", { objectiveMs: 2_000, reason: "a promise to the shop" });
  const { json } = await send("GET", local("/slos/order-summary"));
  expect(json).toMatchObject({ range: "24h", widthSeconds: 900, objectiveMs: 2_000 });
  expect(Object.keys(json.burn)).toEqual(expect.arrayContaining(["1h", "6h", "24h", "30d"]));
  const total = (side: string) =>
    json.time.reduce((sum: number, each: Record<string, number>) => sum + (each[side] ?? 0), 0);
  expect([total("goodMs"), total("badMs")]).toEqual([20_000, 30_000]);
  // Of the ninety minutes since, little is known, and so there is no burn to tell.
  expect(total("unknownMs")).toBeGreaterThan(80 * 60_000);
  expect(json.burn["24h"]).toBeNull();
  expect(json.changes[0]).toMatchObject({ reason: "a promise to the shop", after: { objectiveMs: 2_000 } });
  expect((await send("GET", local("/slos/order-summary?range=30d"))).json.widthSeconds).toBe(21_600);
  expect(await send("GET", local("/slos/order-summary?range=1y"))).toMatchObject({ status: 400 });
  expect(await send("GET", local("/slos/nobody"))).toMatchObject({ status: 404 });

  const now = await send("GET", local("/overview"));
  expect(now.json.attention).toEqual(expect.any(Array));
  const then = await send("GET", local(`/overview?at=${new Date(Date.now() - 1_000).toISOString()}`));
  expect(then.json.notKept.length).toBeGreaterThan(0);
  expect(then.json).toMatchObject({ attention: expect.any(Array), consumers: expect.any(Array) });
  expect(await send("GET", local("/overview?at=2999-01-01T00:00:00Z"))).toMatchObject({ status: 400 });
});

test("a channel leads to http, https or a mail server and nowhere else, and its key must be one", async () => {
  const refused = [
    { kind: "webhook", url: "file:///etc/passwd", secret },
    { kind: "webhook", url: "gopher://10.0.0.1/", secret },
    { kind: "webhook", url: "https://user:password@example.org/", secret },
    { kind: "webhook", url: "https://example.org/", secret: "short" },
    { kind: "slack", url: "javascript:alert(1)" },
    { kind: "email", url: "https://example.org", from: "a@b.c", to: ["a@b.c"] },
    { kind: "email", url: "smtp://mail.example.org", from: "a@b.c\r\nbcc: d@e.f", to: ["a@b.c"] },
    { kind: "pager", url: "https://example.org/" },
  ];
  for (const address of refused) {
    expect(await post("/channels", { name: "bad", address }), JSON.stringify(address)).toMatchObject({ status: 400 });
  }
  const { pool } = await tidemark();
  const viewer = inProcessClient(undefined);
  const headers = {
    cookie: `tidemark_session=${await openSession(pool, "viewer", "viewer")}`,
    ...{ origin: "http://console.test", "sec-fetch-site": "same-origin" },
  };
  for (const path of [
    "/channels",
    "/alerts/1/acknowledge",
    "/alerts/1/silence",
    "/slos/order-summary",
    "/alert-rules/worker-missing",
  ]) {
    expect(await viewer.send("POST", local(path), { headers, body: {} }), path).toMatchObject({ status: 403 });
  }
});

test("the rules are served as a Prometheus rules file, by the settings in force", async () => {
  await post("/alert-rules/high-water-held", { settings: { seconds: 42 } });
  const file = await send("GET", local("/alerts/rules"));
  expect(file.headers.get("content-type")).toContain("yaml");
  expect(file.text).toContain("max(tidemark_high_water_age_seconds) > 42");
});
