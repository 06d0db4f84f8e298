import { expect, test } from "vitest";
import { attentionOf } from "@/lib/queries/attention";
import type { StoreHealth } from "@/lib/queries/health";
import type { RunRow } from "@/lib/queries/list-runs";

const store = { head: "0", highWater: { position: "0", alive: true }, workers: [] } as unknown as StoreHealth;
const run = (change: Partial<RunRow>) =>
  ({ id: "7", kind: "rebuild", subject: "order-summary", startedAt: "2026-11-26T10:00:00Z", ...change }) as RunRow;
const seen = (runs: readonly RunRow[]) =>
  attentionOf({ store, projections: [], processes: [], invariants: [], runs }).map(({ title }) => title);

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
