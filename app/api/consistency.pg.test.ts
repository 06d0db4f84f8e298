import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { consistencyToken } from "@/lib/kernel/consistency-token";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { waitForLog, waitForReadModel } from "@/lib/queries/wait-for-position";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

const token = "a-token-for-tests-only";
const { send } = inProcessClient(token);
const local = (path: string) => `/api/v1/local${path}`;
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
    workerId: "consistency-test",
    signal: stop.signal,
    log: createLogger("worker", { level: "silent" }),
  });
});

afterAll(async () => {
  stop.abort();
  await worker;
  await (await tidemark()).close();
  await database.close();
});

const HEADER = "tidemark-consistency-token";
const customer = { customerId: "c-1", name: "Ada Byron", email: "ada@example.org" };
const openCart = (id: string) => send("POST", local(`/commands/order/${id}/OpenCart`), { body: customer });

describe("a write's token", () => {
  test("is on every answer to a write, in body and header, and the same for the same write again", async () => {
    const headers = { "idempotency-key": "once" };
    const events = [{ type: "Noted", data: {} }];
    const append = () =>
      send("POST", local("/streams/note-1/events"), { body: { expectedVersion: "any", events }, headers });
    const [first, again] = [await append(), await append()];
    const cloudEvent = {
      specversion: "1.0",
      id: crypto.randomUUID(),
      source: "/t",
      type: "Noted",
      subject: "note-3",
      data: {},
    };
    const writes = [
      first,
      await send("POST", local("/append"), {
        body: { appends: [{ stream: "note-2", expectedVersion: "any", events }] },
      }),
      await openCart("t-1"),
      await send("POST", local("/import"), {
        body: JSON.stringify(cloudEvent),
        headers: { "content-type": "application/x-ndjson" },
      }),
    ];
    for (const { json, headers } of writes) {
      expect(json.consistencyToken).toMatch(/^t1-/);
      expect(headers.get(HEADER)).toBe(json.consistencyToken);
    }
    expect(again.json.consistencyToken).toBe(first.json.consistencyToken);
  });

  test("lets every read and list see the write at once, by parameter or header", async () => {
    for (let round = 0; round < 5; round++) {
      const { json } = await openCart(`seen-${round}`);
      const stream = `order-seen-${round}`;
      const query = `minPosition=${json.consistencyToken}`;
      const headers = { [HEADER]: json.consistencyToken };
      const [rows, log, streams, trace, event, state] = await Promise.all([
        send("GET", local(`/read-models/order-summary?key=${stream}&${query}`)),
        send("GET", local("/events?limit=1"), { headers }),
        send("GET", local(`/streams?prefix=${stream}&${query}`)),
        send("GET", local(`/traces/${json.correlationId}?${query}`)),
        send("GET", local(`/events/${json.events[0].id}`), { headers }),
        send("GET", local(`/streams/${stream}/state?${query}`)),
      ]);
      expect(rows.json.rows).toMatchObject([{ key: stream, status: "cart" }]);
      expect(log.json.events[0].position).toBe(json.position);
      expect(streams.json.streams).toHaveLength(1);
      expect(trace.json.events).toHaveLength(1);
      expect(event.json.id).toBe(json.events[0].id);
      expect(state.json.state).toMatchObject({ status: "cart" });
    }
  });

  test.each([
    ["nonsense", "position, or the consistency token"],
    [consistencyToken({ store: "elsewhere", position: 1n }), "store elsewhere"],
    ["99999999999999999999", "position, or the consistency token"],
  ])("that is none of this store's is refused: %s", async (asked, words) => {
    const answer = await send("GET", local(`/events?minPosition=${asked}`));
    expect(answer.json).toMatchObject({ code: "invalid-request", status: 400, detail: expect.stringContaining(words) });
  });
});

describe("a read that has not come that far", () => {
  const held = async (act: () => Promise<void>) => {
    const paused = await send("POST", local("/projections/order-summary/pause"));
    expect(paused.json.observed).toBe(true);
    try {
      await act();
    } finally {
      await send("POST", local("/projections/order-summary/resume"));
    }
  };

  test("says how many events it is behind the change, and catches up with it", async () => {
    let written = "";
    await held(async () => {
      for (const id of ["b-1", "b-2", "b-3"]) written = (await openCart(id)).json.consistencyToken;
      const { json } = await send("GET", local(`/read-models/order-summary/behind?minPosition=${written}&waitMs=50`));
      expect(json).toMatchObject({
        name: "order-summary",
        reached: false,
        events: 3,
        more: false,
        aboutMs: null,
        paused: true,
      });
      const { reads, catalog } = await tidemark();
      const position = BigInt((await openCart("b-4")).json.position);
      const waiting = waitForReadModel({ reads, catalog }, "order-summary", position, { timeoutMs: 20 });
      await expect(waiting).rejects.toMatchObject({
        code: "not-yet",
        facts: { projection: "order-summary", lag: { known: true, events: 4 } },
      });
    });
    const { json } = await send("GET", local(`/read-models/order-summary/behind?minPosition=${written}&waitMs=5000`));
    expect(json).toMatchObject({ reached: true, events: 0 });
  });

  test("of the log says where the mark is", async () => {
    const { reads, catalog } = await tidemark();
    await expect(waitForLog({ reads, catalog }, 1_000_000n, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "not-yet",
      facts: { minPosition: "1000000" },
    });
  });
});
