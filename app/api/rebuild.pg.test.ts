import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
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
const stop = new AbortController();
let database: TestDatabase;
let ended: Promise<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  const { pool, catalog, projections, runKinds } = await tidemark();
  const log = createLogger("worker", { level: "silent" });
  const { signal } = stop;
  const consumers = projectionConsumers(projections, catalog, "tidemark");
  ended = Promise.all([
    executeRuns({ pool, kinds: runKinds, worker: "api-test", signal, log }),
    runWorker({ url: database.url, pool, consumers, workerId: "api-test", signal, log }),
  ]);
  for (let n = 0; n < 5; n++) {
    const events = [
      { type: "CartOpened", data: { customerId: `c-${n}`, name: "Ada", email: "ada@example.org" } },
      { type: "ItemAdded", schemaVersion: 3, data: { sku: "S", title: "A thing", quantity: 2, unitCents: 250 } },
    ];
    const body = { expectedVersion: "none", events };
    expect((await send("POST", local(`/streams/order-${n}/events`), { body })).status).toBe(201);
  }
  await eventually(async () => (await rows()).length === 5);
});

afterAll(async () => {
  stop.abort();
  await ended;
  await (await tidemark()).close();
  await database.close();
});

const rows = async () =>
  (await send("GET", local("/read-models/order-summary"))).json.rows as { key: string; pieces: number }[];
const until = (id: string, state: string) =>
  eventually(
    async () => {
      const run = (await send("GET", local(`/runs/${id}`))).json;
      expect(run).toMatchObject({ state });
      return run;
    },
    { deadlineMs: 20_000 },
  );

test("plan, rebuild, look at the differences, promote, go back, retire: each answered when it was seen", async () => {
  const before = await rows();
  await database.pool.query("update tidemark_read.order_summary_g1 set pieces = 99 where key = 'order-3'");
  await database.owner.query("analyze");

  const plan = (await send("GET", local("/projections/order-summary/rebuild/plan"))).json;
  expect(plan).toMatchObject({ version: 1, liveGeneration: 1, rowsNow: 5, blocked: null, events: { events: 10 } });
  expect(plan.dryRun).toMatchObject({ sampled: 5, compared: 5, equal: 4 });
  expect(plan.dryRun.differing).toEqual([{ key: "order-3", live: { pieces: "99" }, rebuilt: { pieces: "2" } }]);
  expect(plan.seconds.low).toBeLessThanOrEqual(plan.seconds.high);

  const path = local("/projections/order-summary/rebuild");
  const begun = await send("POST", path, { body: { reason: "pieces are wrong", approved: plan.hash } });
  expect(begun.status, begun.text).toBe(202);
  const { id } = begun.json.run;
  expect((await send("POST", path, { body: {} })).json).toMatchObject({ code: "conflict" });
  await until(id, "awaiting-decision");
  expect((await send("GET", local("/projections/order-summary"))).json.generations).toMatchObject([
    {
      generation: 2,
      state: "building",
      createdBy: `run ${id}`,
      compared: { rows: 5, equal: 4, differing: 1, exact: true },
    },
    { generation: 1, state: "live" },
  ]);
  const differences = (await send("GET", local("/projections/order-summary/generations/2/differences"))).json;
  expect(differences.differences).toEqual([
    { key: ["order-3"], kind: "differs", fields: [{ name: "pieces", live: "99", rebuilt: "2" }] },
  ]);
  expect((await rows()).find(({ key }) => key === "order-3")).toMatchObject({ pieces: 99 });

  expect((await send("POST", local(`/runs/${id}/promote`))).status).toBe(200);
  expect(await rows()).toEqual(before);
  expect((await send("GET", local("/projections/order-summary"))).json).toMatchObject({ generation: 2, state: "live" });
  await until(id, "succeeded");

  expect((await send("GET", local(`/runs/${id}`))).json.offers).toContain("revert");
  expect((await send("POST", local(`/runs/${id}/revert`))).status).toBe(200);
  expect(
    (await send("GET", local(`/runs/${id}`))).json.offers,
    "gone back, there is nothing to go back to",
  ).not.toContain("revert");
  expect((await send("POST", local(`/runs/${id}/revert`))).json).toMatchObject({ code: "conflict" });
  expect((await rows()).find(({ key }) => key === "order-3")).toMatchObject({ pieces: 99 });

  const again = (await send("POST", path)).json.run;
  await until(again.id, "awaiting-decision");
  const against = (await send("GET", local("/projections/order-summary/generations/3/differences"))).json;
  expect(against, "against the one that serves, not the newer one that is kept").toMatchObject({
    live: 1,
    differences: [{ key: ["order-3"], fields: [{ name: "pieces", live: "99", rebuilt: "2" }] }],
  });
  expect((await send("POST", local(`/runs/${again.id}/cancel`))).status).toBe(200);
  await until(again.id, "cancelled");

  const retired = local("/projections/order-summary/generations/2/retire");
  expect((await send("POST", local("/projections/order-summary/generations/1/retire"))).status).toBe(409);
  expect((await send("POST", retired, { body: { reason: "wrong" } })).json).toMatchObject({ state: "retired" });
  expect((await send("POST", local(`/runs/${id}/promote`))).status).toBe(409);
});

test("told to promote when nothing differs, a rebuild does so by itself; cancelled, it leaves nothing behind", async () => {
  await database.pool.query("update tidemark_read.order_summary_g1 set pieces = 2 where key = 'order-3'");
  const path = local("/projections/order-summary/rebuild");
  const first = (await send("POST", path, { body: { promote: "when-equal" } })).json.run;
  await until(first.id, "succeeded");
  expect((await send("GET", local("/projections/order-summary"))).json).toMatchObject({ generation: 4 });

  const second = (await send("POST", path)).json.run;
  await until(second.id, "awaiting-decision");
  expect((await send("POST", local(`/runs/${second.id}/cancel`))).status).toBe(200);
  const { generations, generation } = (await send("GET", local("/projections/order-summary"))).json;
  expect(generation).toBe(4);
  expect(generations[0]).toMatchObject({ generation: 5, state: "retired", bytes: null });
});

test("a part is planned and rebuilt by itself; where it cannot be told apart, the whole is offered", async () => {
  const { generation } = (await send("GET", local("/projections/order-summary"))).json;
  await database.pool.query(`update tidemark_read.order_summary_g${generation} set pieces = 99`);
  const before = await rows();
  const slice = async (key: string) =>
    (await database.owner.query<{ slice: number }>("select slice from streams where stream = $1", [key])).rows[0]
      ?.slice;
  const part = `slices=${await slice("order-3")}`;
  const plan = (await send("GET", local(`/projections/order-summary/rebuild/plan?${part}&promote=when-caught-up`)))
    .json;
  expect(plan.part).toMatchObject({ exact: true, refolded: 1, copied: 4, words: expect.stringContaining("of 1,024") });
  expect(plan).toMatchObject({ events: { events: 2 }, wholeOnly: null, blocked: null });
  expect(plan.dryRun).toMatchObject({ sampled: 1, compared: 1, equal: 0 });

  const path = local("/projections/order-summary/rebuild");
  const body = { slices: part.slice(7), promote: "when-caught-up", approved: plan.hash };
  expect((await send("POST", path, { body: { ...body, slices: undefined } })).json.code).toBe("preview-changed");
  const begun = await send("POST", path, { body });
  expect(begun.status, begun.text).toBe(202);
  await until(begun.json.run.id, "succeeded");
  const after = await rows();
  expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
  expect(after.filter(({ pieces }) => pieces === 2).map(({ key }) => key)).toEqual(["order-3"]);
  expect((await send("GET", local("/projections/order-summary"))).json.generations[0]).toMatchObject({
    ...{ state: "live", part: plan.part.words, compared: { rows: 5, equal: 4, differing: 1 } },
  });

  const gathered = (await send("GET", local("/projections/orders-per-day/rebuild/plan?tenant=acme"))).json;
  expect(gathered.blocked).toMatch(/several streams.*Rebuild the whole of it/);
  const refused = await send("POST", local("/projections/orders-per-day/rebuild"), { body: { tenant: "acme" } });
  expect(refused).toMatchObject({ status: 409, json: { code: "conflict" } });
  expect((await send("POST", path, { body: { slices: "9-3" } })).json.code).toBe("invalid-request");
});

test("what cannot be rebuilt beside is refused with the reason, in the plan and in the act", async () => {
  const plan = (await send("GET", local("/projections/stock-availability/rebuild/plan"))).json;
  expect(plan.blocked).toContain("written by every append");
  const refused = await send("POST", local("/projections/stock-availability/rebuild"));
  expect(refused).toMatchObject({ status: 409, json: { code: "conflict" } });
  expect((await send("GET", local("/projections/nothing/rebuild/plan"))).json.code).toBe("not-found");
  expect((await send("GET", local("/projections/order-summary/generations/9/differences"))).json.code).toBe(
    "not-found",
  );
});
