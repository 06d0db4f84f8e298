import { expect, it } from "vitest";
import { axisOf } from "@/app/_ui/time-axis";
import type { TraceRow } from "@/lib/queries/trace-page";
import { stripOf } from "./strip";
import type { TraceState } from "./trace-state";
import { axesOf, deepest, firstView, isUnsettled, linesOf } from "./waterfall-view";
import { packRows, unpackRows, wireRow } from "./wire-rows";

const TOTAL_US = 9_000_000;

/** A command that recorded 1,000 events of two types, one of them with a consumer that failed at every hundredth. */
function bigTrace(): TraceRow[] {
  const nothing = { stream: null, version: null, position: null, traceparent: null, link: null, parent: null };
  const plain = { ...nothing, waitUs: 0, workUs: 7, status: "done" as const };
  const command = { ...plain, id: "command:c", depth: 0, kind: "command" as const, name: "Do", startUs: 0, endUs: 7 };
  const events = Array.from({ length: 1_000 }, (_, n): TraceRow[] => {
    const at = n < 500 ? n * 1_000 : 8_000_000 + n * 500;
    const of = { ...plain, stream: "s", version: n + 1, position: String(n + 9), startUs: at, endUs: at };
    const id = `event:${n}`;
    const event = { ...of, id, depth: 1, kind: "event" as const, name: n % 2 ? "Odd" : "Even", traceparent: null };
    const failed = n % 100 === 0;
    const step = { id: `projection:p:${n}`, depth: 2, kind: "projection" as const, name: "p" };
    return [
      { ...event, detail: { schemaVersion: 1, actor: null, recordedAt: "2026-11-27T00:00:00Z" } },
      {
        ...{ ...of, ...step, status: failed ? "parked" : "done", endUs: failed ? null : at + 20 },
        detail: { error: failed ? "no" : null },
      },
    ];
  });
  return [{ ...command, detail: { attempts: 1 } }, ...events.flat()];
}

it.each<TraceState>([
  {},
  { depth: "all" },
  { depth: "1", open: "equal:event:0" },
  { only: "failed", idle: "off" },
  { range: "0-400000", span: "projection:p:7" },
])("what a big trace shows before its rows are there is what it shows once they are: %j", (state) => {
  const trace = bigTrace();
  const rows = unpackRows(packRows({ rows: trace }));
  const first = firstView(trace, TOTAL_US, state, wireRow);
  const lines = linesOf(rows, state);
  const axes = axesOf(rows, TOTAL_US, state);
  expect(first).toEqual({
    lines: lines.slice(0, 80),
    left: Math.max(0, lines.length - 80),
    deepest: deepest(rows),
    unsettled: isUnsettled(rows),
    axes,
    strip: stripOf(rows, axisOf(axes.whole), TOTAL_US),
    chosen: rows.find(({ id }) => id === state.span),
  });
  expect(lines.length).toBeGreaterThan(1);
});
