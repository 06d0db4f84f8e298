import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { countOn } from "@/lib/subscriptions/count-versions";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

const token = "a-token-for-tests-only";
const { send } = inProcessClient(token);
const local = (path: string) => `/api/v1/local${path}`;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  const append = (stream: string, type: string, schemaVersion: number, data: unknown) =>
    send("POST", local(`/streams/${stream}/events`), {
      body: { expectedVersion: "any", events: [{ type, schemaVersion, data }] },
    });
  await append("order-1", "CartOpened", 1, { customerId: "c-1", name: "Ada Byron", email: "ada@example.org" });
  await append("order-1", "ItemAdded", 1, { sku: "MUG", qty: 1, price: 12.5 });
  await append("order-1", "ItemAdded", 9, { from: "the future" });
  await append("sight-1", "Seen", 1, {});
  await append("order-2", "ItemAdded", 2, { sku: "MUG", quantity: 1, unitCents: 1250 });
  const { pool } = await tidemark();
  await pool.query("select * from advance_high_water('test')");
  while (await countOn(pool, 2));
});
afterAll(async () => {
  await (await tidemark()).close();
  await database.close();
});

type Row = { type: string };

describe("the event types", () => {
  test("are those of the code and those of the log, each with what is stored, page by page", async () => {
    const rows: Row[] = [];
    for (let after: string | null = ""; after !== null; ) {
      const { json } = await send("GET", local(`/schema?limit=7${after === "" ? "" : `&after=${after}`}`));
      rows.push(...json.types);
      after = json.next;
    }
    const names = rows.map(({ type }) => type);
    expect(names).toEqual([...new Set(names)].sort());
    const of = (type: string) => rows.find((row) => row.type === type);
    expect(of("Seen")).toMatchObject({
      known: "unknown",
      versions: [],
      seen: [{ version: 1, events: 1 }],
      unreadable: [1],
    });
    expect(of("ItemAdded")).toMatchObject({
      known: "current",
      versions: [1, 2, 3],
      seen: [
        { version: 1, events: 1 },
        { version: 2, events: 1 },
        { version: 9, events: 1 },
      ],
      unreadable: [9],
      verdict: "as-released",
    });
    expect(of("OrderPaid")).toMatchObject({ known: "retired", seen: [] });
  });

  test("say who reads them, also through what they are read as", async () => {
    const { json } = await send("GET", local("/schema/OrderPaid"));
    expect(json.readers).toEqual(
      expect.arrayContaining([
        { kind: "decider", name: "order", as: ["PaymentAuthorised", "PaymentCaptured"] },
        { kind: "projection", name: "customer-history", as: ["PaymentCaptured"] },
        { kind: "process", name: "order-fulfilment", as: ["PaymentCaptured"] },
      ]),
    );
    expect(json.versions[0].becomes).toEqual([
      { type: "PaymentAuthorised", version: 1 },
      { type: "PaymentCaptured", version: 1 },
    ]);
  });

  test("have a page for each version, with its form; what is neither known nor stored has none", async () => {
    const { json } = await send("GET", local("/schema/ItemAdded/2"));
    expect(json).toMatchObject({
      version: 2,
      current: false,
      readable: true,
      schema: { type: "object" },
      volume: { events: 1 },
    });
    expect((await send("GET", local("/schema/ItemAdded/9"))).json).toMatchObject({ readable: false, schema: null });
    expect((await send("GET", local("/schema/ItemAdded/4"))).status).toBe(404);
    expect((await send("GET", local("/schema/Nothing"))).status).toBe(404);
    expect((await send("GET", local("/schema/ItemAdded/latest"))).json.code).toBe("invalid-request");
  });
});

describe("a payload that is tried", () => {
  const upcast = (type: string, version: number, body: unknown) =>
    send("POST", local(`/schema/${type}/${version}/upcast`), { body: body as object });

  test("is read as a stored one, step by step, and nothing is stored", async () => {
    const paid = { customerId: "c", placedOn: "2026-01-05", totalCents: 2_500, amount: 25, reference: "p" };
    const { json } = await upcast("OrderPaid", 1, paid);
    expect(json).toMatchObject({
      status: "decoded",
      forms: [
        { type: "PaymentAuthorised", data: { paymentId: "p", amountCents: 2_500 } },
        { type: "PaymentCaptured", schemaVersion: 2, data: { paymentId: "p", amountCents: 2_500 } },
      ],
    });
    expect(json.steps).toHaveLength(2);
    expect((await send("GET", local("/events?type=OrderPaid"))).json.events).toEqual([]);
  });

  test("says at which stage it broke, or that the code does not know it", async () => {
    expect((await upcast("ItemAdded", 3, { sku: "" })).json).toMatchObject({ status: "failed", stage: "validate" });
    expect((await upcast("ItemAdded", 9, {})).json).toMatchObject({ status: "unknown-version" });
    expect((await upcast("Seen", 1, {})).json).toMatchObject({ status: "unknown-type" });
  });
});

describe("a fixture", () => {
  test("is captured without anybody in it, and replayed", async () => {
    const { json } = await send("GET", local("/streams/order-1/fixture?to=2"));
    expect(JSON.stringify(json)).not.toMatch(/Ada|example\.org|c-1/);
    expect((await send("POST", local("/fixtures/verify"), { body: json })).json).toEqual({
      verdict: "same",
      events: 2,
    });
    const spoilt = { ...json, state: { ...json.state, status: "lost" } };
    expect((await send("POST", local("/fixtures/verify"), { body: spoilt })).json).toMatchObject({
      verdict: "different",
      differences: [{ path: "state.status", expected: "lost", actual: "cart" }],
    });
  });

  test("is not made of what the code cannot read, nor verified when it is none", async () => {
    expect((await send("GET", local("/streams/order-1/fixture"))).json).toMatchObject({ reason: "unknown-version" });
    expect((await send("POST", local("/fixtures/verify"), { body: { stream: "a" } })).json.code).toBe(
      "invalid-request",
    );
  });
});
