"use client";
import { useMemo, useRef } from "react";
import { headNames } from "@/app/_ui/head-names";
import { axisOf } from "@/app/_ui/time-axis";
import type { RowSpans } from "@/lib/queries/row-spans";
import type { Line } from "./folded-rows";
import { Gap } from "./gap";
import { Minimap } from "./minimap.client";
import { NoSpansLine, SpanLine } from "./span-rows";
import { Step } from "./step";
import { stripOf } from "./strip";
import { parseRange, type TraceState } from "./trace-state";
import { useTraceNow } from "./use-trace-now.client";
import { useTraceState } from "./use-trace-state.client";
import { useWindowRows } from "./use-window-rows.client";
import { WaterfallTools } from "./waterfall-tools";
import { axesOf, deepest, type FirstView, isUnsettled, linesOf } from "./waterfall-view";
import type { WireRow } from "./wire-rows";

/**
 * The waterfall: what was asked, what was said, and when each consumer knew. Solid is work, hatched is waiting, idle
 * stretches are cut. Folding, narrowing and zooming need no server. On a phone it is an indented list.
 */
export function Waterfall({
  rows,
  first: before,
  spans,
  totalUs,
}: {
  /** Undefined while they are on their way: then `first` is shown. */
  rows: readonly WireRow[] | undefined;
  first: FirstView | undefined;
  /** Of the rows whose spans are shown below them, by row. */
  spans: ReadonlyMap<string, RowSpans>;
  totalUs: number;
}) {
  const { state, go } = useTraceState();
  const whole = useMemo(() => rows && { unsettled: isUnsettled(rows), deepest: deepest(rows) }, [rows]);
  const { unsettled, deepest: depth } = whole ?? before ?? NOTHING;
  const now = useTraceNow(totalUs, unsettled && state.live !== "off");
  const range = parseRange(state.range);
  const axes = useMemo(() => {
    const parts = rows ? axesOf(rows, now, state) : (before ?? NOTHING).axes;
    return { whole: axisOf(parts.whole), shown: axisOf(parts.shown) };
  }, [rows, before, now, state]);
  const strip = useMemo(
    () => (rows ? stripOf(rows, axes.whole, now) : (before ?? NOTHING).strip),
    [rows, before, axes, now],
  );
  const lines = useMemo(() => (rows ? linesOf(rows, state) : (before ?? NOTHING).lines), [rows, before, state]);
  const items = useMemo(() => withSpans(lines, spans), [lines, spans]);
  const body = useRef<HTMLTableSectionElement>(null);
  const count = items.length + (rows ? 0 : (before ?? NOTHING).left);
  const { first, end } = useWindowRows(body, count);
  const shown = items.slice(first, end);
  return (
    <section aria-label="Waterfall">
      <Minimap strip={strip} axis={axes.whole} range={range} totalUs={now} onRange={(text) => go({ range: text })} />
      <WaterfallTools state={state} depths={depth + 1} />
      <table
        className="table stack steps"
        style={headNames([undefined, undefined, "Waited", "Worked"])}
        aria-label="Steps of the trace"
        aria-rowcount={count + 1}
        aria-busy={rows === undefined}
      >
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="w-[32%] min-w-44">
              Name
            </th>
            <th scope="col" className="w-20">
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
          <Gap lines={count - first - shown.length} />
        </tbody>
      </table>
      {count === 0 ? <p className="px-4 py-6 text-muted">{nothing(state)}</p> : null}
    </section>
  );
}

const NOTHING: FirstView = {
  lines: [],
  left: 0,
  deepest: 0,
  unsettled: false,
  axes: { whole: [], shown: [] },
  strip: { busy: [], failed: [] },
  chosen: undefined,
};

/** Percent of the axis; a label beyond it would stand out of the page, and ends at its tick instead. */
const LAST_LABEL = 85;

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
