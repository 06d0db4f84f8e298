import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { SealedEvent } from "@/lib/privacy/keys-at-hand";
import { lookupHashIn } from "@/lib/privacy/lookup-hash";
import type { LogColumns } from "./log-columns";
import { eventsOf } from "./log-event";
import { nothingAsked } from "./spared";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("what is remembered of an event does not keep the text of its batch in memory", () => {
  const before = heapAfterCollection();
  const remembered = new Set<unknown>();
  for (let batch = 0; batch < 20; batch++) {
    const [event] = eventsOf(columnsOf(batch), EVENTS, true) ?? [];
    if (!event) throw new Error("no event");
    for (const field of KEPT) remembered.add(event[field]);
  }
  expect(remembered.size).toBeGreaterThan(100);
  expect(heapAfterCollection() - before).toBeLessThan(10_000_000);
});

test("a position beyond what a number holds is exact", () => {
  const [event] =
    eventsOf({ ...columnsOf(0), positions: `{${"9007199254740993,".repeat(EVENTS).slice(0, -1)}}` }, EVENTS, true) ??
    [];
  expect(event?.position).toBe(9_007_199_254_740_993n);
});

test("a column with too few values is an error and not a shift of all that follow", () => {
  const columns = columnsOf(0);
  const short = {
    types: JSON.stringify(Array.from({ length: EVENTS - 1 }, () => "SomethingHappened")),
    positions: columns.positions?.replace("{1,", "{") ?? null,
    data: columns.data?.slice(columns.data.indexOf("\x1e") + 1) ?? null,
  };
  for (const [name, text] of Object.entries(short)) {
    expect(() => eventsOf({ ...columns, [name]: text }, EVENTS, true)).toThrow("one value");
  }
});

test("what was left out is refused, is noted as missed, and does not look as if nothing were sealed in it", () => {
  const asked = nothingAsked();
  const columns = { ...columnsOf(0), ids: null, slices: null };
  const spared = { payloads: ["SomethingHappened"], ids: true };
  const [event] = eventsOf(columns, EVENTS, true, { spared, asked }) ?? [];
  if (!event) throw new Error("no event");
  expect(asked).toEqual(nothingAsked());
  expect((event as SealedEvent).dataIfRead).toBe("");
  expect(asked.missed).toBe(false);
  for (const ask of [() => event.data, () => event.id, () => event.slice, () => lookupHashIn(event, "p", "v")]) {
    asked.missed = false;
    expect(ask).toThrow("was not read");
    expect(asked.missed).toBe(true);
  }
  expect(asked).toEqual({ payloads: new Set(["SomethingHappened"]), ids: true, missed: true });
});

test("what was read is given, and noted as asked for", () => {
  const asked = nothingAsked();
  const [event] = eventsOf(columnsOf(3), EVENTS, true, { spared: { payloads: [], ids: false }, asked }) ?? [];
  expect(event?.slice).toBe(7);
  expect(asked).toEqual({ payloads: new Set(), ids: true, missed: false });
  expect(event?.data).toContain("xxx");
  expect(asked.payloads).toEqual(new Set(["SomethingHappened"]));
});

const EVENTS = 3_000;
const KEPT = ["stream", "recordedAt", "occurredAt", "id", "correlationId", "causationId", "actor", "tenant"] as const;

/** Two megabytes of events, their strings made as they come from a connection. */
function columnsOf(batch: number): LogColumns {
  const each = (value: (n: number) => unknown) => Array.from({ length: EVENTS }, (_, n) => value(n));
  const json = (value: (n: number) => unknown) => arrived(JSON.stringify(each(value)));
  const numbers = (value: (n: number) => number) => arrived(`{${each(value).join(",")}}`);
  const binary = (size: string, value: string) => arrived(`\\x${"0".repeat(40)}${each(() => size + value).join("")}`);
  return {
    types: json(() => "SomethingHappened"),
    streams: json((n) => `order-${batch}-${n}-of-a-long-stream-name`),
    positions: numbers((n) => n + 1),
    versions: numbers(() => 1),
    schemas: numbers(() => 1),
    slices: numbers(() => 7),
    recorded: binary("00000008", `0002f1d1${batch.toString(16).padStart(8, "0")}`),
    ids: binary("00000010", batch.toString(16).padStart(32, "0")),
    occurred: json(() => "2026-03-13 09:26:53.589793+00"),
    tenants: json(() => `tenant-${batch}-abcdefghijk`),
    data: arrived(each(() => JSON.stringify("x".repeat(400))).join("\x1e")),
    correlations: json(() => `correlation-${batch}-abcdefghijk`),
    causations: json(() => `causation-${batch}-abcdefghijk`),
    actors: json(() => `actor-${batch}-abcdefghijk`),
    traces: json(() => null),
  };
}

function arrived(text: string): string {
  return Buffer.from(text).toString();
}

function heapAfterCollection(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
