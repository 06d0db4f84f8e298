import { expect, test } from "vitest";
import type { AlertThen } from "@/lib/queries/moment/alerts-then";
import { attentionThen } from "@/lib/queries/moment/attention-then";
import type { ConsumerThen } from "@/lib/queries/moment/lag-then";

const alert: AlertThen = {
  ...{ id: "7", rule: "dead-letters-parked", ruleTitle: "Events are parked", subject: "abc", severity: "critical" },
  ...{ state: "firing", title: "3 parked in order-summary", value: 3, unit: "events", resolvedAt: null },
  ...{ stepAt: "2026-11-27T00:12:00Z", startedAt: "2026-11-27T00:12:00Z" },
  cause: {
    ...{ kind: "event", consumer: "order-summary", group: "abc", letter: "1", error: "RangeError", streams: 3 },
    event: { position: "9", eventId: "e", stream: "order-1", version: "2", type: "OrderPlaced" },
  },
};
const consumer: ConsumerThen = {
  ...{ name: "order-summary", kind: "projection", pausedBy: null },
  lag: { known: true, ageMs: 20_000, events: 40, of: "minute" },
  over: { ms: 59_500, of: "minute" },
};
const letters = { consumer: "order-summary", count: 3, more: false, streams: 3, since: "2026-11-27T00:11:00Z" };

test("what fired at the moment comes first, and what it tells of is not told twice", () => {
  const late = { ...consumer, name: "stock" };
  const items = attentionThen({ alerts: [alert], letters: [letters], consumers: [consumer, late] });
  expect(items.map(({ title }) => title)).toEqual(["3 parked in order-summary", "stock was over its objective"]);
  expect(items[0]?.detail).toBe("Events are parked · firing since 2026-11-27 00:12:00 · not over yet");
});

test("without an alert the letters and the lateness of then stand for themselves; a figure says what it is of", () => {
  const items = attentionThen({ alerts: [], letters: [{ ...letters, more: true }], consumers: [consumer] });
  expect(items.map(({ title, detail }) => `${title}: ${detail}`)).toEqual([
    "3 or more set aside in order-summary: in 3 streams, the oldest since 2026-11-27 00:11:00",
    "order-summary was over its objective: for 60 s of that minute",
  ]);
});

test("what nobody measured is no pain and no calm; what could not be told then is said; a pause names who paused", () => {
  const unmeasured = { ...consumer, lag: { known: false, why: "unmeasured" }, over: null } as const;
  expect(attentionThen({ alerts: [], letters: [], consumers: [unmeasured] })).toEqual([]);
  const unknown = { ...consumer, lag: { known: false, why: "unknown" }, over: null } as const;
  const [item] = attentionThen({ alerts: [], letters: [], consumers: [unknown] });
  expect(item?.title).toBe("How far order-summary was behind was unknown");
  const [paused] = attentionThen({ alerts: [], letters: [], consumers: [{ ...consumer, pausedBy: "ann" }] });
  expect(paused).toMatchObject({ title: "order-summary was paused", detail: "by ann", severity: "notice" });
});

test("an alert whose title of then was not kept is called by its rule and subject, never by a later figure", () => {
  const [item] = attentionThen({ alerts: [{ ...alert, title: null }], letters: [], consumers: [] });
  expect(item?.title).toBe("Events are parked: abc");
});
