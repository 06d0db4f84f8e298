import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { modules } from "@/lib/domain";
import { registerProcesses } from "@/lib/processes/register-processes";
import { registerProjections } from "@/lib/projections/register-projections";
import type { Telemetry } from "@/lib/telemetry/start";
import { caughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { type OtlpReceiver, openOtlpReceiver, type ReceivedSpan } from "@/lib/testing/otlp-receiver";
import { bundleWorker, type WorkerProcesses } from "@/lib/testing/worker-processes";

const token = "a-token-for-tests-only";
let database: TestDatabase;
let processes: WorkerProcesses;
let receiver: OtlpReceiver;
let telemetry: Telemetry;
/** Sends a request to the API of this process, which is another one than the worker's. */
let send: (
  path: string,
  body: unknown,
  headers?: Record<string, string>,
) => Promise<{ status: number; json: { correlationId: string } }>;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  const catalog = createCatalog(modules);
  await registerProjections(database.pool, catalog.projections, catalog);
  await registerProcesses(database.pool, catalog.processes, catalog);
  receiver = await openOtlpReceiver();
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    TIDEMARK_TOKEN: token,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: "100",
    OTEL_BLRP_SCHEDULE_DELAY: "100",
    OTEL_METRIC_EXPORT_INTERVAL: "500",
    OTEL_METRIC_EXPORT_TIMEOUT: "400",
  });
  // Only now, as telemetry reads the environment when it starts.
  ({ telemetry } = await import("@/lib/runtime/instrumented"));
  const { inProcessClient } = await import("@/app/api/in-process-client");
  const { tidemark } = await import("@/app/_lib/tidemark");
  const client = inProcessClient(token);
  send = (path, body, headers = {}) => client.send("POST", `/api/v1/local${path}`, { body, headers });
  close = async () => (await tidemark()).close();
  processes = await bundleWorker(database.url);
});

afterAll(async () => {
  await processes.close();
  await close();
  await telemetry.shutdown();
  await receiver.close();
  await database.close();
});

const cart = { customerId: "cust-7", name: "Ada Byron", email: "ada@example.org" };
const traceId = "0af7651916cd43dd8448eb211c80319c";

test("one trace goes from the client through request, command, load, decide and append to the batches of another process", async () => {
  const worker = processes.start();
  await worker.ready;
  const sent = await send("/commands/order/traced/OpenCart", cart, {
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  });
  expect(sent.status).toBe(200);
  const find = (name: string) => receiver.spans().find((span) => span.traceId === traceId && span.name === name);
  await eventually(() => find("process order-summary") && find("append"), { what: "the spans of both processes" });
  const [request, command, load, decide, append, batch] = [
    "POST /api/v1/{store}/commands/{category}/{id}/{command}",
    ...["command", "load", "decide", "append", "process order-summary"],
  ].map((name) => find(name) as ReceivedSpan);

  expect(request).toMatchObject({ kind: "SERVER", parentId: "b7ad6b7169203331" });
  expect(command?.parentId).toBe(request?.spanId);
  for (const step of [load, decide, append]) expect(step?.parentId).toBe(command?.spanId);
  expect(batch?.parentId).toBe(append?.spanId);
  expect(batch?.links).toContainEqual({ traceId, spanId: append?.spanId });
  expect(batch?.instance).not.toBe(command?.instance);
  expect(batch?.service).toBe("tidemark-worker");

  expect(request?.attributes).toMatchObject({ "http.request.method": "POST", "http.response.status_code": 200 });
  expect(append).toMatchObject({
    kind: "CLIENT",
    attributes: { "db.system.name": "postgresql", "db.operation.name": "append", "tidemark.events": 1 },
  });
  expect(batch).toMatchObject({
    kind: "CONSUMER",
    attributes: {
      "messaging.system": "tidemark",
      "messaging.operation.type": "process",
      "messaging.consumer.group.name": "order-summary",
      "messaging.batch.message_count": 1,
    },
  });
  const told = JSON.stringify(receiver.spans());
  for (const personal of [cart.name, cart.email]) expect(told).not.toContain(personal);

  const { rows } = await database.pool.query(
    "select traceparent from consumer_batches where consumer = 'order-summary'",
  );
  expect(rows[0].traceparent).toBe(`00-${traceId}-${batch?.spanId}-01`);
  await eventually(() => receiver.metrics().get("messaging.process.duration")?.has("tidemark-worker"), {
    what: "the worker's metrics",
  });
  await eventually(() => receiver.metrics().has("tidemark.append.duration"), { what: "this process's metrics" });

  const asked = await send("/verify", { reason: "a doubt" }, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  expect(asked.status).toBe(202);
  await eventually(() => find("run verify-log"), { what: "the span of the run" });
  const run = find("run verify-log") as ReceivedSpan;
  expect(run.service).toBe("tidemark-worker");
  expect(run.parentId).toBe(find("POST /api/v1/{store}/verify")?.spanId);
  expect(run.attributes).toMatchObject({ "tidemark.run.kind": "verify-log", "tidemark.outcome": "succeeded" });
  const phases = receiver.spans().filter(({ name, parentId }) => name.startsWith("phase ") && parentId === run.spanId);
  expect(phases.length).toBeGreaterThan(0);
  worker.child.kill("SIGTERM");
  expect(await worker.exited).toBe(0);
  // What was sent is what stands in the worker's own log; of its last words it may not wait for the answer.
  const written = worker
    .output()
    .split("\n")
    .filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text));
  const lines = receiver.logs().filter(({ service }) => service === "tidemark-worker");
  expect(lines.map(({ severity, body }) => [severity, body])).toEqual(
    written.slice(0, lines.length).map(({ level, msg }) => [level, msg]),
  );
  expect(lines[0]?.attributes).toMatchObject({ part: "worker" });
  for (const { trace_id: id, msg } of written) {
    if (id !== undefined) expect(lines.find(({ body }) => body === msg)?.traceId).toBe(id);
  }
}, 60_000);

test("with a back end that refuses or hangs, the worker works, says nothing of it and stops in time", async () => {
  const hanging = await openOtlpReceiver({ hanging: true });
  const gone = await openOtlpReceiver();
  await gone.close();
  try {
    for (const [id, url] of [
      ["refused", gone.url],
      ["hanging", hanging.url],
    ] as const) {
      const worker = processes.start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
      await worker.ready;
      expect((await send(`/commands/order/${id}/OpenCart`, cart)).status).toBe(200);
      await caughtUp(database.pool);
      if (id === "hanging") await eventually(() => hanging.requests() > 0, { what: "a request that hangs" });
      const told = performance.now();
      worker.child.kill("SIGTERM");
      expect(await worker.exited).toBe(0);
      expect(performance.now() - told).toBeLessThan(5_000);
      const complaints = worker.output().match(/^.*"level":"(warn|error|fatal)".*$/gm) ?? [];
      expect(complaints.filter((line) => /otlp|export|telemetry|span|ECONN|socket/i.test(line))).toEqual([]);
    }
  } finally {
    await hanging.close();
  }
}, 60_000);
