import { expect, test } from "vitest";
import type { Cause } from "@/lib/alerts/finding";
import { type RuleName, ruleNames } from "@/lib/alerts/rules";
import { causeLink } from "./cause-link";

const event = { position: "7", eventId: "e-7", stream: "order-1", version: "3", type: "OrderPaid" };
const consumer: Extract<Cause, { kind: "consumer" }> = {
  kind: "consumer",
  ...{ consumer: "order-summary", consumerKind: "projection", event: null, partition: null },
  ...{ error: null, objectiveMs: 5_000, burn: null },
};
const history = { kind: "history", since: "2026-01-01T00:00:00Z", what: "w", first: "7", last: "7" } as const;

/** What each rule can find, and where its alert leads in one press. */
const cases: Readonly<Record<RuleName, readonly (readonly [Cause, string])[]>> = {
  "history-changed": [
    [{ ...history, run: "4", event }, "/local/events/e-7"],
    [{ ...history, run: "4", event: null }, "/local/runs/4"],
    [{ ...history, run: null, event: null }, "/local/integrity"],
  ],
  "history-unsigned": [[{ kind: "signing", builder: null, upTo: "5" }, "/local/integrity"]],
  "lag-over-objective": [
    [{ ...consumer, event, partition: 2, burn: { fast: 20, slow: 9 } }, "/local/events/e-7"],
    [{ ...consumer, burn: { fast: 20, slow: 9 } }, "/local/projections/order-summary"],
    [
      { ...consumer, consumer: "order-fulfilment", consumerKind: "process", burn: { fast: 20, slow: 9 } },
      "/local/processes/order-fulfilment",
    ],
  ],
  "consumer-stalled": [
    [{ ...consumer, event, partition: 2 }, "/local/events/e-7"],
    [{ ...consumer, partition: 2 }, "/local/projections/order-summary?p=2#partition-2"],
    [{ ...consumer, consumer: "order-fulfilment", consumerKind: "process", event }, "/local/events/e-7"],
  ],
  "dead-letters-parked": [
    [
      { kind: "event", consumer: "order-summary", group: "g", letter: "1", event, error: "TypeError", streams: 2 },
      "/local/events/e-7",
    ],
  ],
  "append-conflicts": [
    [{ kind: "appends", appends: 60, conflicts: 40, stream: "order-1" }, "/local/streams/order-1"],
    [{ kind: "appends", appends: 60, conflicts: 40, stream: null }, "/local/commands/log?outcome=conflict"],
  ],
  "high-water-held": [[{ kind: "mark", position: "41", head: "44", holder: null }, "/local/events?before=42"]],
  "worker-missing": [
    [
      { kind: "workers", alive: 0, consumers: ["order-fulfilment", "order-summary"], kinds: ["process", "projection"] },
      "/local/processes/order-fulfilment",
    ],
    [{ kind: "workers", alive: 0, consumers: ["order-summary"] }, "/local/projections/order-summary"],
    [{ kind: "workers", alive: 1, consumers: [] }, "/local"],
  ],
  "requests-overdue": [
    [{ kind: "requests", waiting: 3, overdue: 1, due: "2026-01-01", first: "r-1" }, "/local/privacy/requests/r-1"],
    [{ kind: "requests", waiting: 3, overdue: 1, due: "2026-01-01" }, "/local/privacy?state=overdue"],
  ],
  "rebuild-failed": [[{ kind: "run", run: "4", subject: "order-summary", state: "failed" }, "/local/runs/4"]],
  "rebuild-finished": [[{ kind: "run", run: "4", subject: "order-summary", state: "succeeded" }, "/local/runs/4"]],
};

test.each(ruleNames)("an alert of %s leads in one press to what it is about", (rule) => {
  for (const [cause, href] of cases[rule]) expect(causeLink("local", cause).href).toBe(href);
});
