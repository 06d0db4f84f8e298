import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { eventsOf } from "./log-event";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("what is remembered of an event does not keep the text of its batch in memory", () => {
  const before = heapAfterCollection();
  const remembered = new Set<unknown>();
  for (let batch = 0; batch < 20; batch++) {
    const [event] = eventsOf(batchText(batch));
    if (!event) throw new Error("no event");
    for (const field of KEPT) remembered.add(event[field]);
  }
  expect(remembered.size).toBeGreaterThan(100);
  expect(heapAfterCollection() - before).toBeLessThan(10_000_000);
});

const KEPT = ["stream", "recordedAt", "occurredAt", "id", "correlationId", "causationId", "actor", "tenant"] as const;

/** Two megabytes of events. */
function batchText(batch: number): string {
  const event = (n: number) =>
    [
      ...["7", "SomethingHappened", String(n), "1", `order-${batch}-of-a-long-stream-name`, "1"],
      ...["2026-03-14 09:26:53.589793+00", JSON.stringify("x".repeat(400)), "2026-03-13 09:26:53.589793+00"],
      ...[`event-${batch}-abcdefghijklmnop`, `tenant-${batch}-abcdefghijk`, `correlation-${batch}-abcdefghijk`],
      ...[`causation-${batch}-abcdefghijk`, `actor-${batch}-abcdefghijk`, "\x10n"],
    ].join("\x1f");
  return Buffer.from(Array.from({ length: 3_000 }, (_, n) => event(n)).join("\x1e")).toString();
}

function heapAfterCollection(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
