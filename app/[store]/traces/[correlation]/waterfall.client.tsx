"use client";
import { useMemo, useRef } from "react";
import { timeAxis } from "@/app/_ui/time-axis";
import type { RowSpans } from "@/lib/queries/row-spans";
import { deepest, FOLDED_ABOVE, foldedRows, isWithin, type Line } from "./folded-rows";
import { Gap, LINE } from "./gap";
import { Minimap } from "./minimap.client";
import { NoSpansLine, SpanLine } from "./span-rows";
import { Step } from "./step";
import { parseRange, type TraceState } from "./trace-state";
import { useTraceNow } from "./use-trace-now.client";
import { useTraceState } from "./use-trace-state.client";
import { useWindowRows } from "./use-window-rows.client";
import { WaterfallTools } from "./waterfall-tools";
import type { WireRow } from "./wire-rows";

/**
 * The waterfall: what was asked, what was said, and when each consumer knew. Solid is work, hatched is waiting, idle
 * stretches are cut. Folding, narrowing and zooming need no server. On a phone it is an indented list.
 */
export function Waterfall({
  rows,
  spans,
  totalUs,
}: {
  rows: readonly WireRow[];
  /** Of the rows whose spans are shown below them, by row. */
  spans: ReadonlyMap<string, RowSpans>;
  totalUs: number;
}) {
  const { state, go } = useTraceState();
  const unsettled = useMemo(() => rows.some(({ endUs }) => endUs === null), [rows]);
  const now = useTraceNow(totalUs, unsettled && state.live !== "off");
  const range = parseRange(state.range);
  const axes = useMemo(() => axesOf(rows, now, state), [rows, now, state]);
  const lines = useMemo(() => linesOf(rows, state), [rows, state]);
  const items = useMemo(() => withSpans(lines, spans), [lines, spans]);
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end } = useWindowRows(body, items.length, LINE);
  const shown = items.slice(first, end);
  return (
    <section aria-label="Waterfall">
      <Minimap rows={rows} axis={axes.whole} range={range} totalUs={now} onRange={(text) => go({ range: text })} />
      <WaterfallTools state={state} depths={deepest(rows) + 1} />
      <table className="table waterfall" aria-label="Steps of the trace" aria-rowcount={items.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="w-[32%] min-w-44">
              Name
            </th>
            <th scope="col" className="w-20 max-md:hidden">
              Kind
            </th>
            <th scope="col" className="num w-20">
              Waited
            </th>
            <th scope="col" className="num w-20">
              Worked
            </th>
            <th scope="col" className="max-md:hidden">
              <div className="relative h-4 overflow-x-clip font-normal normal-case tracking-normal">
                {axes.shown.ticks.map((tick) => (
                  <span
                    key={tick.at}
                    className={`absolute whitespace-nowrap ${tick.at > LAST_LABEL ? "-translate-x-full" : ""}`}
                    style={{ left: `${tick.at}%` }}
                  >
                    {tick.label}
                  </span>
                ))}
              </div>
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          <Gap lines={first} />
          {shown.map((item, index) => {
            if (item.kind === "span")
              return <SpanLine key={item.key} span={item.span} below={item.below} axis={axes.shown} />;
            if (item.kind === "no-spans") return <NoSpansLine key={item.key} why={item.why} below={item.below} />;
            return (
              <Step
                key={item.key}
                line={item.line}
                index={first + index + 2}
                axis={axes.shown}
                now={now}
                current={item.line.id === state.span}
                onTurn={() => go({ open: turned(state.open, item.line.id) })}
              />
            );
          })}
          <Gap lines={items.length - end} />
        </tbody>
      </table>
      {items.length === 0 ? <p className="px-4 py-6 text-muted">{nothing(state)}</p> : null}
    </section>
  );
}

const INSTANT_US = 500;
/** Percent of the axis; a label beyond it would stand out of the page, and ends at its tick instead. */
const LAST_LABEL = 85;

/** The axis of the whole trace, and that of what is shown of it. */
function axesOf(rows: readonly WireRow[], now: number, state: TraceState) {
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
  const whole = timeAxis(intervals, cutIdle);
  if (!range) return { whole, shown: whole };
  const [low, high] = [range.from / 1000, range.to / 1000];
  const inside = intervals
    .filter(({ from, to }) => from <= high && to >= low)
    .map(({ from, to }) => ({ from: Math.max(low, from), to: Math.min(high, to) }));
  return { whole, shown: timeAxis([{ from: low, to: low }, ...inside, { from: high, to: high }], cutIdle) };
}

function linesOf(rows: readonly WireRow[], { only, range, depth, open }: TraceState): readonly Line[] {
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

const isFailed = ({ failed, status }: WireRow) => failed === true || status === "blocked";
const isOpen = ({ endUs }: WireRow) => endUs === null;

/** Lines that may be turned by hand; the oldest is forgotten, because an address has an end. */
const TURNED_MAX = 20;

function turned(open: string | undefined, id: string): string | undefined {
  const ids = (open ?? "").split(",").filter(Boolean);
  const next = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id].slice(-TURNED_MAX);
  return next.length === 0 ? undefined : next.join(",");
}

type Item =
  | { readonly kind: "line"; readonly key: string; readonly line: Line }
  | { readonly kind: "span"; readonly key: string; readonly span: RowSpans["spans"][number]; readonly below: number }
  | {
      readonly kind: "no-spans";
      readonly key: string;
      readonly why: NonNullable<RowSpans["missing"]>;
      readonly below: number;
    };

function withSpans(lines: readonly Line[], spans: ReadonlyMap<string, RowSpans>): readonly Item[] {
  return lines.flatMap((line): Item[] => {
    const item: Item = { kind: "line", key: line.id, line };
    const found = spans.get(line.id);
    const below = line.row.depth;
    if (!found) return [item];
    if (found.missing !== null) return [item, { kind: "no-spans", key: `${line.id} -`, why: found.missing, below }];
    return [item, ...found.spans.map((span): Item => ({ kind: "span", key: `${line.id} ${span.id}`, span, below }))];
  });
}

function nothing({ only, range }: TraceState): string {
  if (range !== undefined) return "Nothing of this happened in the range that is shown: press f for the whole trace.";
  if (only === "failed") return "Nothing has failed.";
  return "Nothing is open: every consumer has finished.";
}
