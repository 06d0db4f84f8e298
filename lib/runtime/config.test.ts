import path from "node:path";
import { expect, test } from "vitest";
import { InvalidRequest } from "@/lib/kernel/errors";
import { readConfig } from "@/lib/runtime/config";

test("an empty environment gives the defaults of the documentation", () => {
  expect(readConfig({ DATABASE_URL: "", PORT: "" })).toEqual({
    databaseUrl: undefined,
    schema: "tidemark",
    dataDirectory: path.resolve(".tidemark"),
    token: undefined,
    tokens: [],
    port: 3000,
    portIsGiven: false,
    build: "unnamed",
    demo: true,
    workers: 1,
    keepEndedDays: 90,
    consoleUrl: null,
    alertTargets: [],
    nameIndex: false,
    safety: "open",
    twoPersons: false,
    signingKey: { file: path.resolve(".tidemark/signing-key") },
    keys: { url: undefined, kek: { file: path.resolve(".tidemark/key-encryption-keys") } },
    witness: { folder: null, webhook: null, bucket: null, everyMs: 300_000 },
    sealing: undefined,
    logLevel: "info",
    telemetry: {
      exportsTraces: false,
      exportsMetrics: false,
      exportsLogs: false,
      keptSpans: 200_000,
      traceUrl: undefined,
    },
    startedByNpm: false,
    failpoint: undefined,
  });
});

test("a store that asks for care asks for two persons, unless it is told otherwise", () => {
  expect(readConfig({ TIDEMARK_SAFETY: "ask" }).twoPersons).toBe(true);
  expect(readConfig({ TIDEMARK_SAFETY: "ask", TIDEMARK_TWO_PERSONS: "0" }).twoPersons).toBe(false);
  expect(readConfig({ TIDEMARK_TWO_PERSONS: "1" }).twoPersons).toBe(true);
});

test("with a database of one's own the demo is off unless asked for", () => {
  const url = "postgres://someone@db/tidemark";
  expect(readConfig({ DATABASE_URL: url }).demo).toBe(false);
  expect(readConfig({ DATABASE_URL: url, TIDEMARK_DEMO: "1" }).demo).toBe(true);
  expect(readConfig({ TIDEMARK_DEMO: "0" }).demo).toBe(false);
});

test("notices link to the public address, else to where the supervisor started the console, and reach inside only where told", () => {
  const TIDEMARK_URL = "http://127.0.0.1:3000";
  expect(readConfig({ TIDEMARK_URL }).consoleUrl).toBe(TIDEMARK_URL);
  expect(readConfig({ TIDEMARK_URL, TIDEMARK_PUBLIC_URL: "https://t.example" }).consoleUrl).toBe("https://t.example");
  expect(readConfig({ TIDEMARK_ALERT_TARGETS: "loopback, private" }).alertTargets).toEqual(["loopback", "private"]);
  expect(() => readConfig({ TIDEMARK_ALERT_TARGETS: "everything" })).toThrow(InvalidRequest);
});

test("a webhook that witnesses checkpoints needs an address and a key, and is refused by name without repeating them", () => {
  const given = {
    TIDEMARK_WITNESS_URL: "https://witness.example/t",
    TIDEMARK_WITNESS_SECRET: `whsec_${"A".repeat(32)}`,
  };
  expect(readConfig(given).witness.webhook).toMatchObject({ kind: "webhook", url: given.TIDEMARK_WITNESS_URL });
  for (const [spoilt, named] of [
    [{ TIDEMARK_WITNESS_SECRET: "hunter2" }, "TIDEMARK_WITNESS_SECRET"],
    [{ TIDEMARK_WITNESS_SECRET: "" }, "TIDEMARK_WITNESS_SECRET"],
    [{ TIDEMARK_WITNESS_URL: "ftp://hunter2.example" }, "TIDEMARK_WITNESS_URL"],
  ] as const) {
    expect(() => readConfig({ ...given, ...spoilt })).toThrow(named);
    expect(() => readConfig({ ...given, ...spoilt })).not.toThrow("hunter2");
  }
});

test("telemetry leaves the process only when a variable says where to", () => {
  const sent = (env: Record<string, string>) => {
    const { exportsTraces, exportsMetrics, exportsLogs } = readConfig(env).telemetry;
    return [exportsTraces, exportsMetrics, exportsLogs];
  };
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
  expect(sent({ OTEL_TRACES_EXPORTER: "none" })).toEqual([false, false, false]);
  expect(sent(endpoint)).toEqual([true, true, true]);
  expect(sent({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318/v1/traces" })).toEqual([true, false, false]);
  expect(sent({ ...endpoint, OTEL_METRICS_EXPORTER: "none" })).toEqual([true, false, true]);
  expect(sent({ ...endpoint, OTEL_SDK_DISABLED: "true" })).toEqual([false, false, false]);
});

test("an outside trace page is an http address with the trace's id in it, and nothing that a browser could run", () => {
  const of = (text: string) => readConfig({ TIDEMARK_TRACE_URL: text }).telemetry.traceUrl;
  for (const good of [
    "https://jaeger.example/trace/{traceId}?uiFind={spanId}",
    "http://localhost:16686/trace/{traceId}",
  ]) {
    expect(of(good)).toBe(good);
  }
  for (const bad of [
    ...[
      "javascript:alert(1)//{traceId}",
      "data:text/html,{traceId}",
      "https://jaeger.example/trace",
      "/trace/{traceId}",
    ],
    ...["https://{traceId}.example/", "https://jaeger.example/{traceId}/{user}", "ftp://jaeger.example/{traceId}"],
  ]) {
    expect(() => of(bad)).toThrow(/TIDEMARK_TRACE_URL/);
  }
});

test("a failpoint is a known label, the time it is reached, and what happens then", () => {
  const of = (text: string) => readConfig({ TIDEMARK_FAILPOINT: text }).failpoint;
  expect(of("worker.mid-batch:3")).toEqual({ label: "worker.mid-batch", nth: 3, action: "kill" });
  expect(of("append.after-commit:1:hang")).toEqual({ label: "append.after-commit", nth: 1, action: "hang" });
  for (const bad of ["worker.nowhere:1", "worker.mid-batch", "worker.mid-batch:0", "worker.mid-batch:1:sleep"]) {
    expect(() => of(bad)).toThrow(/TIDEMARK_FAILPOINT/);
  }
});

test("each bad variable is refused by name, and a secret's value is not repeated", () => {
  const bad = { PORT: "eighty", TIDEMARK_WORKERS: "-1", TIDEMARK_TOKEN: "two words", DATABASE_URL: "mysql://x:pw@y" };
  expect(() => readConfig(bad)).toThrow(InvalidRequest);
  expect(() => readConfig(bad)).toThrow(/PORT.*TIDEMARK_WORKERS|TIDEMARK_WORKERS.*PORT/);
  for (const secret of ["two words", "x:pw"]) {
    expect(() => readConfig(bad)).not.toThrow(new RegExp(secret));
  }
});

test("nobody can change the configuration after it was read", () => {
  const config = readConfig({});
  expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
});
