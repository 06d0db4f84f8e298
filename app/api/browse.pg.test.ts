import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { openSession } from "@/lib/access/session";
import { executeRuns } from "@/lib/runs/run-executor";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const token = "a-token-for-tests-only";
const { send, open } = inProcessClient(token);
const stranger = inProcessClient(undefined);
const local = (path: string) => `/api/v1/local${path}`;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-browse-"));
let database: TestDatabase;
let position: string;
let id: string;

/** Sends as somebody else of the console. */
async function as(name: string, role: "viewer" | "operator") {
  const cookie = `tidemark_session=${await openSession((await tidemark()).pool, name, role)}`;
  const headers = { cookie, origin: "http://console.test", "sec-fetch-site": "same-origin" };
  return (method: string, address: string, body?: unknown) =>
    stranger.send(method, local(address), { headers, ...(body === undefined ? {} : { body }) });
}

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  process.env.TIDEMARK_DATA_DIR = folder;
  await prepareStore({ url: database.url, schema: "tidemark" });
  const cart = { customerId: "c-1", name: "Ada Byron", email: "ada@example.org" };
  const sent = { body: { expectedVersion: "any", events: [{ type: "CartOpened", schemaVersion: 2, data: cart }] } };
  const { json } = await send("POST", local("/streams/order-421/events"), {
    ...sent,
    headers: { "correlation-id": "flow-1" },
  });
  position = json.lastPosition;
  for (let n = 0; n < 5; n++) await send("POST", local(`/streams/order-${n}/events`), sent);
  await (await tidemark()).pool.query("select * from advance_high_water('test')");
  id = (await send("GET", local(`/log/${position}`))).json.id;
});
afterAll(async () => {
  await (await tidemark()).close();
  await database.close();
  fs.rmSync(folder, { recursive: true });
});

test("a search finds what has the text in its name or is named by it, exact ones first, and hides nothing that failed", async () => {
  const exact = async (q: string) => {
    const { status, json } = await send("GET", local(`/search?q=${encodeURIComponent(q)}`));
    expect(status).toBe(200);
    const hits = json.groups.flatMap(({ hits }: { hits: { exact: boolean }[] }) => hits.filter(({ exact }) => exact));
    return hits.map((hit: { kind: string; id: string }) => `${hit.kind} ${hit.id}`);
  };
  expect(await exact(id.toUpperCase())).toContain(`event ${id}`);
  expect(await exact(`#${position}`)).toEqual([`position ${position}`]);
  expect(await exact("order-421")).toEqual(["stream order-421"]);
  expect(await exact("flow-1")).toEqual(["trace flow-1"]);
  expect(await exact("CartOpened")).toEqual(["type CartOpened"]);
  expect(await exact("order-fulfilment")).toEqual(["consumer order-fulfilment"]);
  expect(await exact("order.PlaceOrder")).toEqual(["command order.PlaceOrder"]);
  expect(await exact("order")).toEqual([]);
  const { json } = await send("GET", local("/search?q=421&kind=stream"));
  expect(json.groups).toMatchObject([{ kind: "stream", hits: [{ id: "order-421", exact: false }], more: false }]);
  expect((await send("GET", local("/search?q=%20"))).status).toBe(400);
});

test("an export is a run; its file is masked, 0600, what its hash says, and handed out only as it may be", async () => {
  const operator = await as("olga", "operator");
  expect((await (await as("vera", "viewer"))("POST", "/exports", { format: "jsonl" })).status).toBe(403);
  expect((await operator("POST", "/exports", { format: "jsonl", reveal: true, reason: "x" })).json).toMatchObject({
    ...{ status: 403, needed: "privacy-officer" },
  });
  expect((await send("POST", local("/exports"), { body: { format: "jsonl", reveal: true } })).status).toBe(400);
  const begun = await operator("POST", "/exports", { format: "jsonl", filter: { type: "CartOpened" } });
  expect(begun.status, begun.text).toBe(202);
  const shown = await send("POST", local("/exports"), {
    body: { format: "csv", filter: { stream: "order-421" }, reveal: true, reason: "asked by the subject" },
  });
  const [masked, revealed] = [begun.json.run.id, shown.json.run.id];
  expect((await operator("GET", `/exports/${masked}/file`)).json).toMatchObject({ status: 409, code: "conflict" });

  const { pool, runKinds } = await tidemark();
  const stop = new AbortController();
  const log = createLogger("worker", { level: "fatal" });
  const worker = executeRuns({ pool, kinds: runKinds, worker: "w", signal: stop.signal, log });
  const made = await eventually(async () => {
    const { json } = await send("GET", local("/exports"));
    expect(json.exports).toHaveLength(2);
    for (const { sha256 } of json.exports) expect(sha256).not.toBeNull();
    return json.exports as { run: string; sha256: string; events: number; file: string }[];
  });
  stop.abort();
  await worker;
  const row = made.find(({ run }) => run === masked);
  const answer = await open("GET", local(`/exports/${masked}/file`));
  const text = await answer.text();
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="export-${masked}.jsonl"`);
  expect(createHash("sha256").update(text).digest("hex")).toBe(row?.sha256);
  expect(text.trimEnd().split("\n")).toHaveLength(6);
  expect(text).not.toMatch(/Ada|ada@example/);
  expect(fs.statSync(path.join(folder, "exports", `export-${masked}.jsonl`)).mode & 0o777).toBe(0o600);
  expect((await operator("GET", `/exports/${revealed}/file`)).status).toBe(403);
  expect((await send("GET", local(`/exports/${revealed}/file`))).text).toContain("ada@example.org");
  const acts = (await send("GET", local("/audit?limit=20"))).json.entries.map(({ type }: { type: string }) => type);
  expect(acts).toEqual(expect.arrayContaining(["ExportTaken", "ExportBegun"]));
});

test("views are one's own until they are shared, lead nowhere but to list pages, and every act on them is audited", async () => {
  const [olga, vera] = [await as("olga", "operator"), await as("vera", "viewer")];
  const address = "/local/events?q=type%3ACartOpened&before=9";
  for (const bad of ["https://evil.example/", "//evil.example/events", "/local/sign-in", "/local/events#x"]) {
    expect((await vera("POST", "/views", { name: "bad", address: bad })).status, bad).toBe(400);
  }
  expect((await vera("POST", "/views", { name: "all see", address, shared: true })).status).toBe(403);
  const { json } = await olga("POST", "/views", { name: "carts", address });
  expect(json.view).toMatchObject({ owner: "olga", page: "events", query: "q=type%3ACartOpened", shared: false });
  const again = await olga("POST", "/views", { name: "carts", address: "/local/events?q=type%3ANew" });
  expect(again.json.view).toMatchObject({ id: json.view.id, query: "q=type%3ANew" });
  const seen = async () => (await vera("GET", "/views")).json.views.map(({ name }: { name: string }) => name);
  expect(await seen()).toEqual([]);
  expect((await vera("POST", `/views/${json.view.id}/rename`, { name: "mine" })).status).toBe(404);
  expect((await olga("POST", `/views/${json.view.id}/share`, { shared: true })).status).toBe(200);
  expect(await seen()).toEqual(["carts"]);
  expect((await vera("POST", `/views/${json.view.id}/delete`, {})).status).toBe(403);
  expect((await olga("POST", `/views/${json.view.id}/rename`, { name: "new carts" })).json.view.name).toBe("new carts");
  expect((await send("POST", local(`/views/${json.view.id}/delete`), { body: {} })).json).toEqual({
    id: json.view.id,
    deleted: true,
  });
  expect(await seen()).toEqual([]);
  const { entries } = (await send("GET", local("/audit?limit=50"))).json;
  const acts = entries.map(({ type }: { type: string }) => type);
  expect(acts).toEqual(expect.arrayContaining(["ViewSaved", "ViewRenamed", "ViewShared", "ViewDeleted"]));
});
