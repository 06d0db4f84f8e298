import { expect, test } from "vitest";
import { createLogger } from "@/lib/telemetry/logger";
import { startTelemetry } from "@/lib/telemetry/start";
import { currentTraceparent, withSpan } from "@/lib/telemetry/tracer";

function capture() {
  const lines: string[] = [];
  const log = createLogger("test", { destination: { write: (line: string) => void lines.push(line) } });
  return { log, lines };
}

test("no credential reaches a log line, as a field, in a URL, or in an error's text", () => {
  const { log, lines } = capture();
  const url = "postgres://tidemark:hunter2secret@127.0.0.1:5432/tidemark";
  log.info({ token: "hunter2secret", request: { authorization: "Bearer hunter2secret" } }, "started");
  log.warn({ err: new Error(`cannot reach ${url}`) }, `using ${url}`);
  log.info("opened http://127.0.0.1:3000/go?token=tml_hunter2secret with tmk_hunter2secret");
  const text = lines.join("");
  expect(lines).toHaveLength(3);
  expect(text).not.toContain("hunter2secret");
  expect(text).toContain("127.0.0.1:5432/tidemark");
});

test("a line inside a span carries its trace, and a stored traceparent continues the same trace", async () => {
  const telemetry = startTelemetry({
    part: "test",
    exportsTraces: false,
    exportsMetrics: false,
    exportsLogs: false,
    keepsSpans: false,
  });
  try {
    const { log, lines } = capture();
    let stored: string | null = null;
    await withSpan("outer", {}, async () => {
      stored = currentTraceparent();
      log.info("inside");
    });
    log.info("outside");
    const [inside, outside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(stored).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(inside?.trace_id).toBe(String(stored).split("-")[1]);
    expect(outside).not.toHaveProperty("trace_id");
    await withSpan("later, elsewhere", { parent: stored, links: [stored, null, "not a traceparent"] }, async () => {
      expect(currentTraceparent()?.split("-")[1]).toBe(inside?.trace_id);
    });
  } finally {
    await telemetry.shutdown();
  }
});

test("a span passes the failure of its work through", async () => {
  await expect(withSpan("fails", {}, () => Promise.reject(new Error("as it was")))).rejects.toThrow("as it was");
});
