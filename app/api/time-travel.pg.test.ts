import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import type { Role } from "@/lib/access/principal";
import { openSession } from "@/lib/access/session";
import { executeRuns } from "@/lib/runs/run-executor";
import { keepSnapshots } from "@/lib/runtime/keep-snapshots";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const token = "a-token-for-tests-only";
const { send } = inProcessClient(token);
const local = (path: string) => `/api/v1/local${path}`;
const stop = new AbortController();
let database: TestDatabase;
let tasks: Promise<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  const open = await tidemark();
  const log = createLogger("worker", { level: "silent" });
  tasks = Promise.all([
    executeRuns({ pool: open.pool, kinds: open.runKinds, worker: "test", signal: stop.signal, log }),
    keepSnapshots(open, { owner: "test", signal: stop.signal, log }),
  ]);
  for (const [name, input] of life) await command("order", "42", name, input);
  await stocked("inventory-mug", 450);
});

afterAll(async () => {
  stop.abort();
  await tasks;
  await (await tidemark()).close();
  await database.close();
});

/** Sends as somebody of the console who has a role. */
async function as(role: Role, method: string, path: string, body?: unknown) {
  const cookie = `tidemark_session=${await openSession((await tidemark()).pool, `a ${role}`, role)}`;
  const headers = { cookie, origin: "http://console.test", "sec-fetch-site": "same-origin" };
  return inProcessClient(undefined).send(method, local(path), { headers, ...(body === undefined ? {} : { body }) });
}

const command = async (category: string, id: string, name: string, input: unknown) => {
  const answer = await send("POST", local(`/commands/${category}/${id}/${name}`), { body: input });
  expect(answer.status, answer.text).toBe(200);
};

const life: readonly (readonly [name: string, input: unknown])[] = [
  ["OpenCart", { customerId: "c-1", name: "Ada Byron", email: "ada@example.org" }],
  ["AddItem", { sku: "MUG", title: "Mug", quantity: 2, unitCents: 1_250 }],
  ["AddItem", { sku: "LAMP", title: "Lamp", quantity: 1, unitCents: 4_000 }],
  ["RemoveItem", { sku: "MUG", quantity: 1 }],
];

/** A stream of deliveries, as an import would bring it: no command has ever loaded it. */
async function stocked(stream: string, length: number): Promise<void> {
  const { store } = await tidemark();
  const data = JSON.stringify({ sku: "MUG", quantity: 1, supplier: "s", batch: null });
  const made = Array.from({ length }, () => ({ type: "StockReceived", schemaVersion: 2, data }));
  await store.append({ writes: [{ stream, expectedVersion: "none", events: made }] });
}

const ask = async (path: string) => {
  const answer = await send("GET", local(path));
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
};

test("what changed between two versions, or since a time, is told by path", async () => {
  const diff = await ask("/streams/order-42/diff?from=2&to=4");
  expect(diff.changes).toEqual(
    expect.arrayContaining([
      { path: "totalCents", kind: "changed", before: 2_500, after: 5_250 },
      { path: "lines[0].quantity", kind: "changed", before: 2, after: 1 },
      expect.objectContaining({ path: "lines[1]", kind: "added" }),
    ]),
  );
  const all = await ask(`/streams/order-42/diff?from=${encodeURIComponent("2000-01-01T00:00:00Z")}`);
  expect(all).toMatchObject({ from: { version: 0, state: null }, to: { version: 4 } });
  expect((await send("GET", local("/streams/order-42/diff?from=soon"))).status).toBe(400);
});

test("blame names the event behind each value", async () => {
  const { values } = await ask("/streams/order-42/blame");
  const by = (path: string) => values.find((value: { path: string }) => value.path === path)?.setBy;
  expect(by("customerId")).toMatchObject({ version: 1, type: "CartOpened", actor: expect.any(String) });
  expect(by("lines[0].quantity")).toMatchObject({ version: 4, type: "ItemRemoved" });
  expect(by("lines[1].unitCents")).toMatchObject({ version: 3, type: "ItemAdded" });
  expect(by("paymentId")).toBeNull();
});

test("bisect finds the first version at which a condition holds, and says so when it never does", async () => {
  const found = await ask(`/streams/order-42/bisect?where=${encodeURIComponent("totalCents >= 6000")}`);
  expect(found).toMatchObject({ found: { version: 3, type: "ItemAdded" }, foldedEvents: 3 });
  expect(await ask(`/streams/order-42/bisect?where=${encodeURIComponent('status == "paid"')}`)).toMatchObject({
    ...{ found: null, complete: true, foldedEvents: 4 },
  });
  const broken = await send("GET", local(`/streams/order-42/bisect?where=${encodeURIComponent("status = 1")}`));
  expect(broken.json).toMatchObject({ code: "invalid-request", issues: [{ path: "where" }] });
});

test("what-if decides a command on a past state and stores nothing", async () => {
  const ship = { command: "ShipOrder", input: { carrier: "Post", trackingCode: "T" } };
  const no = await send("POST", local("/streams/order-42/what-if"), { body: ship });
  expect(no.json).toMatchObject({
    outcome: "rejected",
    rejection: { code: expect.stringContaining("order.") },
    events: [],
  });
  const add = { version: 1, command: "AddItem", input: { sku: "X", title: "X", quantity: 1, unitCents: 10 } };
  const yes = await send("POST", local("/streams/order-42/what-if"), { body: add });
  expect(yes.json).toMatchObject({
    ...{ outcome: "accepted", version: 1, events: [{ type: "ItemAdded", version: 2 }] },
    state: { totalCents: 10 },
  });
  const opened = { events: [{ type: "CartOpened", data: life[0]?.[1] }], version: 0 };
  const masked = await send("POST", local("/streams/order-9/what-if"), { body: opened });
  expect(masked.status, masked.text).toBe(200);
  expect(masked.json.events[0].data.name).toContain("masked");
  expect(masked.text).not.toContain("ada@example.org");
  expect(await ask("/streams/order-42")).toMatchObject({ stream: { version: 4 } });
  expect((await send("GET", local("/streams/order-9"))).status).toBe(404);
  expect((await send("POST", local("/streams/order-42/what-if"), { body: {} })).status).toBe(400);
});

test("a state is read masked, and revealed to a privacy officer alone, with a reason, audited without what was seen", async () => {
  const shipTo = { name: "Ada Byron", street: "12 Mill Lane", postcode: "CB1 2AB", city: "Cambridge", country: "GB" };
  for (const [name, input] of life) await command("order", "43", name, input);
  await command("order", "43", "PlaceOrder", { shipTo });
  const masked = await ask("/streams/order-43/state");
  expect(masked).toMatchObject({
    ...{ version: 5, keysAnswered: true, masked: expect.arrayContaining(["shipTo.street"]) },
    state: { status: "placed", shipTo: { street: expect.stringContaining("masked"), country: "GB" } },
  });
  expect(JSON.stringify(masked)).not.toMatch(/Mill Lane|Byron|CB1|Cambridge/);
  const reveal = (by: Role, body: unknown) => as(by, "POST", "/streams/order-43/state/reveal", body);
  const asked = { version: 5, reason: "the customer asks what we have" };
  for (const role of ["viewer", "operator"] as const) {
    expect((await reveal(role, asked)).json, role).toMatchObject({ status: 403, needed: "privacy-officer" });
  }
  expect((await reveal("privacy-officer", { version: 1 })).json).toMatchObject({ issues: [{ path: "reason" }] });
  const revealed = await reveal("privacy-officer", asked);
  expect(revealed.json).toMatchObject({ version: 5, state: { customerId: "c-1", shipTo } });
  const nobodys = await as("privacy-officer", "POST", "/streams/order-0/state/reveal", asked);
  expect(nobodys.json).toMatchObject({ code: "not-found" });
  const { events } = await ask("/streams/operations-audit/events?limit=100&direction=backwards");
  const entry = events.find(({ type }: { type: string }) => type === "PersonalDataRevealed");
  expect(entry.data).toMatchObject({ target: "order-43", reason: asked.reason, version: 5 });
  expect(JSON.stringify(entry.data)).not.toMatch(/c-1|Mill Lane/);
});

test("a worker takes what is due by itself, and loads then fold the tail alone", async () => {
  const { pool } = database;
  await eventually(async () => {
    await database.owner.query("update high_water set position = (select max(position) from events)");
    const { rows } = await pool.query("select version from snapshots where stream = 'inventory-mug' order by version");
    expect(rows.map(({ version }) => Number(version))).toEqual([200, 400]);
    return true;
  });
  expect(await ask("/streams/inventory-mug/state")).toMatchObject({ snapshotVersion: 400, foldedEvents: 50 });
  expect(await ask("/streams/inventory-mug/state?version=250")).toMatchObject({
    snapshotVersion: 200,
    foldedEvents: 50,
  });
});

test("an operator takes, verifies and drops the snapshots of a stream, and each act is audited", async () => {
  await stocked("inventory-lamp", 30);
  const taken = await send("POST", local("/streams/inventory-lamp/snapshots/take"), { body: { reason: "looking" } });
  expect(taken.json).toMatchObject({ head: 30, versions: [30] });
  const listed = await ask("/snapshots?category=inventory");
  expect(listed.snapshots).toContainEqual(
    expect.objectContaining({ stream: "inventory-lamp", version: 30, gap: 0, state: "current", verifiedAt: null }),
  );
  await database.pool.query(
    "update snapshots set checksum = sha256('x') where stream = 'inventory-lamp' and version = 30",
  );
  const verified = await send("POST", local("/streams/inventory-lamp/snapshots/verify"));
  expect(verified.json).toMatchObject({ same: [], wrong: [{ version: 30, fault: "corrupt" }] });
  expect((await ask("/snapshots")).faults[0]).toMatchObject({ stream: "inventory-lamp", fault: "corrupt" });
  await send("POST", local("/streams/inventory-lamp/snapshots/take"));
  expect((await ask("/snapshots")).faults[0].healedAt).not.toBeNull();
  const dropped = await send("POST", local("/streams/inventory-lamp/snapshots/drop"));
  expect(dropped.json).toEqual({ stream: "inventory-lamp", dropped: 1 });
  const again = await send("POST", local("/streams/inventory-lamp/snapshots/drop"));
  expect(again.json).toEqual({ stream: "inventory-lamp", dropped: 0 });
  for (const act of ["take", "verify", "drop"]) {
    const nobodys = await send("POST", local(`/streams/inventory-nobody/snapshots/${act}`));
    expect(nobodys.json, act).toMatchObject({ status: 404, code: "not-found" });
  }
  const { events } = await ask("/streams/operations-audit/events?limit=100");
  const types = events.map(({ type }: { type: string }) => type);
  expect(types).toEqual(expect.arrayContaining(["SnapshotTaken", "SnapshotsVerified", "SnapshotsDropped"]));
  expect((await send("POST", local("/streams/note-1/snapshots/take"))).json).toMatchObject({ code: "invalid-request" });
});

test("a whole category is verified by a run, which takes the wrong one away and says which it was", async () => {
  await stocked("inventory-vase", 200);
  await send("POST", local("/streams/inventory-vase/snapshots/take"));
  const other = JSON.stringify({ onHand: 1, reserved: 0, reservations: {} });
  // A state that the fold does not give, under a checksum that is right: what a forgotten stateVersion leaves behind.
  await database.pool.query(
    `update snapshots set state = $1::text::json, checksum = sha256(convert_to(stream || e'\\n' || fingerprint || e'\\n' || version || e'\\n' || $1::text, 'UTF8'))
      where stream = 'inventory-vase'`,
    [other],
  );
  const begun = await send("POST", local("/snapshots/verify"), { body: { category: "inventory", reason: "deploy" } });
  expect(begun.status, begun.text).toBe(202);
  const run = await eventually(async () => {
    const { state, result, problems } = await ask(`/runs/${begun.json.run.id}`);
    return state === "succeeded" ? { result, problems } : undefined;
  });
  expect(run).toMatchObject({ problems: 1 });
  expect((await ask("/snapshots")).faults[0]).toMatchObject({
    ...{ stream: "inventory-vase", fault: "drift" },
    changes: [{ path: "onHand", kind: "changed", before: 1, after: 200 }],
  });
});

test("a name that PostgreSQL cannot carry is refused at every door, and nothing is audited as done", async () => {
  const none = encodeURIComponent("inventory-\u0000");
  for (const path of ["state", "diff?from=1", "blame", "bisect?where=a%20%3D%3D%201"]) {
    expect((await send("GET", local(`/streams/${none}/${path}`))).status, path).toBe(400);
  }
  for (const act of ["take", "verify", "drop"]) {
    expect((await send("POST", local(`/streams/${none}/snapshots/${act}`))).status, act).toBe(400);
  }
  const body = { command: "ReceiveStock", input: { quantity: 1, supplier: "s" } };
  expect((await send("POST", local(`/streams/${none}/what-if`), { body })).status).toBe(400);
  expect((await send("GET", local(`/compare?ids=${none}`))).status).toBe(400);
});
