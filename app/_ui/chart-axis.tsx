import { ReferenceLine } from "recharts";
import type { ChartMark } from "./lag-scale";

/** How every axis looks. */
export const chartAxis = {
  stroke: "var(--color-line-strong)",
  tick: { fill: "var(--color-faint)", fontSize: 11 },
  tickLine: false,
};

/** Pixels left and right of every plot, so that charts below each other share one axis of time. */
export const PLOT = { left: 52, right: 28 } as const;

/** Two labels are at least this far apart, as a share of the time that the chart spans. */
const LABEL_GAP = 0.06;

/** A line through a chart for each thing that was done, in order of time; with `span`, the ms of the axis, its kind at the top where there is room. */
export function markLines(marks: readonly ChartMark[], span?: number) {
  let labelled = Number.NEGATIVE_INFINITY;
  return marks.map(({ t, kind, label }) => {
    const fits = span !== undefined && t - labelled >= span * LABEL_GAP;
    if (fits) labelled = t;
    const words = { value: kind, position: "insideTopRight", fill: "var(--color-faint)", fontSize: 11 } as const;
    return (
      <ReferenceLine
        key={`${t} ${label}`}
        x={t}
        stroke="var(--color-kind-system)"
        strokeDasharray="1 3"
        {...(fits ? { label: words } : {})}
      />
    );
  });
}
