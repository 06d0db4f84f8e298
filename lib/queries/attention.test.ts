import { expect, test } from "vitest";
import { attentionOf } from "@/lib/queries/attention";
import type { StoreHealth } from "@/lib/queries/health";
import type { AlertRow } from "@/lib/queries/list-alerts";
import type { RunRow } from "@/lib/queries/list-runs";

const store = { head: "0", highWater: { position: "0", alive: true }, workers: [] } as unknown as StoreHealth;
const run = (change: Partial<RunRow>) =>
  ({ id: "7", kind: "rebuild", subject: "order-summary", startedAt: "2026-11-26T10:00:00Z", ...change }) as RunRow;
const seen = (runs: readonly RunRow[]) =>
  attentionOf({ store, projections: [], processes: [], invariants: [], runs, alerts: [] }).map(({ title }) => title);

test("a run that only a person can set going again needs attention; one that a worker takes up does not", () => {
  const about = { kind: "import", subject: "a.jsonl", done: 3, unit: "lines" };
  expect(seen([run({ state: "awaiting-decision" })])).toEqual(["R-7 rebuild of order-summary awaits your decision"]);
  expect(seen([run({ ...about, state: "waiting" })])).toEqual(["R-7 import of a.jsonl was interrupted"]);
  expect(
    seen([
      run({ state: "waiting" }),
      run({ state: "running" }),
      run({ ...about, state: "waiting", startedAt: null }),
      run({ ...about, state: "paused" }),
    ]),
  ).toEqual([]);
});

test("an alert stands with the item that tells of the same, and is an item of its own where none does", () => {
  const alert = (change: object) =>
    ({ ...{ id: "1", state: "firing", severity: "critical", title: "it", ruleTitle: "rule" }, ...change }) as AlertRow;
  const decision = alert({ id: "3", cause: { kind: "run", run: "7" } });
  const conflicts = alert({ id: "4", severity: "warning", cause: { kind: "appends" } });
  const hidden = [
    alert({ id: "5", state: "silenced", cause: { kind: "mark" } }),
    alert({ id: "6", state: "pending", cause: { kind: "mark" } }),
  ];
  const items = attentionOf({
    ...{ store, projections: [], processes: [], invariants: [], runs: [run({ state: "awaiting-decision" })] },
    alerts: [decision, conflicts, ...hidden],
  });
  expect(items.map(({ about, alert: id }) => [about.kind, id])).toEqual([
    ["run", "3"],
    ["alert", "4"],
  ]);
});

test("when a worker or the agent was last heard of is said to the second", () => {
  const silent = {
    ...{ head: "3", highWater: { position: "1", alive: false, checkedAt: "2026-11-28T06:38:05.858965Z" } },
    workers: [{ id: "w-1", host: "vm", alive: false, seenAt: "2026-11-28T06:38:04.982538Z" }],
  } as unknown as StoreHealth;
  const items = attentionOf({ store: silent, projections: [], processes: [], invariants: [], runs: [], alerts: [] });
  expect(items.map(({ detail }) => detail)).toEqual([
    "No agent has looked since 2026-11-28 06:38:05 UTC; 2 positions wait. Start a worker.",
    "Last seen 2026-11-28 06:38:04 UTC on vm; others take its partitions over.",
  ]);
});
