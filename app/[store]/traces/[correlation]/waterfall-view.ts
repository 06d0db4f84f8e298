import { axisOf, axisParts, type Interval } from "@/app/_ui/time-axis";
import { hasFailed } from "@/lib/queries/trace-row";
import { FOLDED_ABOVE, foldedRows, isWithin, type Line } from "./folded-rows";
import { type Strip, stripOf } from "./strip";
import { parseRange, type TraceState } from "./trace-state";
import type { WireRow } from "./wire-rows";

/** The parts of the axis of a whole trace, and those of what is shown of it. */
export type Axes = { readonly whole: readonly Interval[]; readonly shown: readonly Interval[] };

/** What the waterfall of a big trace shows before its rows are there. */
export type FirstView = {
  readonly lines: readonly Line[];
  /** How many lines come after these. */
  readonly left: number;
  readonly deepest: number;
  readonly unsettled: boolean;
  readonly axes: Axes;
  readonly strip: Strip;
  readonly chosen: WireRow | undefined;
};

/** Lines that a first view has: more than a screen shows. */
const FIRST_LINES = 80;

/** The first view of a trace of these rows that has lasted for `totalUs`; a row of it is what `onWire` makes of it. */
export function firstView<Row extends WireRow>(
  rows: readonly Row[],
  totalUs: number,
  state: TraceState,
  onWire: (row: Row) => WireRow,
): FirstView {
  const axes = axesOf(rows, totalUs, state);
  const lines = linesOf(rows, state);
  const chosen = state.span === undefined ? undefined : rows.find(({ id }) => id === state.span);
  return {
    lines: lines.slice(0, FIRST_LINES).map((line) => ({ ...line, row: onWire(line.row) })),
    left: Math.max(0, lines.length - FIRST_LINES),
    deepest: deepest(rows),
    unsettled: isUnsettled(rows),
    axes,
    strip: stripOf(rows, axisOf(axes.whole), totalUs),
    chosen: chosen && onWire(chosen),
  };
}

/** Whether something of the trace is open. */
export function isUnsettled(rows: readonly WireRow[]): boolean {
  return rows.some(isOpen);
}

/** The deepest row. */
export function deepest(rows: readonly WireRow[]): number {
  return rows.reduce((max, { depth }) => Math.max(max, depth), 0);
}

const INSTANT_US = 500;

/** The axes of a trace that has lasted for `now` microseconds. */
export function axesOf(rows: readonly WireRow[], now: number, state: TraceState): Axes {
  const cutIdle = state.idle !== "off";
  const range = parseRange(state.range);
  const between = (from: number, to: number) => ({ from: from / 1000, to: to / 1000 });
  // An instant has a width, too; else a trace of events alone would have none.
  const instant = (us: number) => between(us, us + INSTANT_US);
  const intervals = rows.flatMap(({ kind, startUs, endUs }) =>
    // While a timer waits nothing happens: that is what is cut.
    kind === "wait"
      ? [instant(startUs), instant(endUs ?? now)]
      : [between(startUs, Math.max(startUs + INSTANT_US, endUs ?? now))],
  );
  const whole = axisParts(intervals, cutIdle);
  if (!range) return { whole, shown: whole };
  const [low, high] = [range.from / 1000, range.to / 1000];
  const inside = intervals
    .filter(({ from, to }) => from <= high && to >= low)
    .map(({ from, to }) => ({ from: Math.max(low, from), to: Math.min(high, to) }));
  return { whole, shown: axisParts([{ from: low, to: low }, ...inside, { from: high, to: high }], cutIdle) };
}

/** The lines of a trace as the state of the page asks for them. */
export function linesOf<Row extends WireRow>(
  rows: readonly Row[],
  { only, range, depth, open }: TraceState,
): readonly Line<Row>[] {
  const stretch = parseRange(range);
  const wanted = only === "failed" ? isFailed : only === "open" ? isOpen : undefined;
  const keep =
    wanted || stretch
      ? (row: WireRow) => (wanted?.(row) ?? true) && (stretch === undefined || isWithin(stretch, row))
      : undefined;
  const big = rows.length > FOLDED_ABOVE;
  return foldedRows(rows, {
    depth: depth === "all" ? Number.POSITIVE_INFINITY : Number(depth ?? (big ? 2 : 1_000)),
    turned: new Set((open ?? "").split(",")),
    keep,
    group: big && !keep,
  });
}

const isFailed = (row: WireRow) => hasFailed(row) || row.status === "blocked";
const isOpen = ({ endUs }: WireRow) => endUs === null;
