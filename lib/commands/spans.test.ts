import { node, tracing } from "@opentelemetry/sdk-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { modules } from "@/lib/domain";
import { createMemoryStore } from "@/lib/testing/memory-store";

const exporter = new tracing.InMemorySpanExporter();
const provider = new node.NodeTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] });
beforeAll(() => provider.register());
afterAll(() => provider.shutdown());

test("a command's spans continue the caller's trace, and its events carry the span that stored them", async () => {
  const store = createMemoryStore();
  const commands = createCommands({ store, catalog: createCatalog(modules) });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await commands.handle({
    category: "inventory",
    id: "MUG",
    command: "ReceiveStock",
    input: { quantity: 1, supplier: "Nordhavn" },
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  });
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name }) => name)).toEqual(["load", "decide", "append", "command"]);
  expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
  const [, , append, command] = spans;
  expect(append?.parentSpanContext?.spanId).toBe(command?.spanContext().spanId);
  expect(command?.attributes).toMatchObject({ "tidemark.outcome": "accepted", "tidemark.attempts": 1 });
  expect(store.events[0]?.traceparent).toBe(`00-${traceId}-${append?.spanContext().spanId}-01`);
});
