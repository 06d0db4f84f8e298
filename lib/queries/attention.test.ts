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
