import type { TimeAxis } from "@/app/_ui/time-axis";
import { hasFailed } from "@/lib/queries/trace-row";
import type { WireRow } from "./wire-rows";

/** The columns of the strip that shows a whole trace. */
export const COLUMNS = 240;

/** How many rows were under way in each column, and how many of them have failed. */
export type Strip = { readonly busy: readonly number[]; readonly failed: readonly number[] };

/** Where a moment stands on the strip, in columns; microseconds since the trace began. */
export function stripPlace(axis: TimeAxis, us: number): number {
  return (axis.at(us / 1000) / 100) * COLUMNS;
}

/** Counts the rows into the strip; what is open reaches up to `totalUs`. Timers are left out: while they wait nothing happens. */
export function stripOf(rows: readonly WireRow[], axis: TimeAxis, totalUs: number): Strip {
  const [busy, failed] = [new Array<number>(COLUMNS + 1).fill(0), new Array<number>(COLUMNS + 1).fill(0)];
  const add = (counts: number[], at: number, n: number) => {
    counts[at] = (counts[at] ?? 0) + n;
  };
  for (const row of rows) {
    if (row.kind === "wait") continue;
    const from = Math.min(COLUMNS - 1, Math.floor(stripPlace(axis, row.startUs)));
    const to = Math.min(COLUMNS - 1, Math.floor(stripPlace(axis, Math.max(row.startUs, row.endUs ?? totalUs))));
    for (const counts of hasFailed(row) ? [busy, failed] : [busy]) {
      add(counts, from, 1);
      add(counts, to + 1, -1);
    }
  }
  return { busy: runningSum(busy), failed: runningSum(failed) };
}

function runningSum(changes: readonly number[]): number[] {
  let sum = 0;
  return changes.slice(0, COLUMNS).map((change) => {
    sum += change;
    return sum;
  });
}
