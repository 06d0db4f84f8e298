"use client";
import { ComposedChart, Line, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { chartAxis, markLines, PLOT } from "./chart-axis";
import type { ChartMark } from "./lag-scale";

/** One line of a chart: of which values, how it is drawn, and what it is called. */
export type ChartLine = {
  readonly key: string;
  readonly label: string;
  readonly ink: string;
  /** Dash and gap, as SVG takes it; solid when absent. */
  readonly dash?: string;
};

type Point = { readonly t: number } & Readonly<Record<string, number | null>>;

/** A low chart of a few lines over the time that `domain` spans, on the axis of the chart above it. Gaps stay gaps. */
export function LinesChart({
  title,
  points,
  lines,
  format,
  marks,
  domain,
}: {
  title: string;
  points: readonly Point[];
  lines: readonly ChartLine[];
  /** A value in words, with its unit. */
  format: (value: number) => string;
  marks: readonly ChartMark[];
  domain: readonly [number, number];
}) {
  const last = points.at(-1);
  return (
    <>
      <h3 className="caps flex flex-wrap gap-x-3 px-4 pt-1">
        {title}
        <span className="normal-case">
          {lines
            .map(({ key, label, dash }) => {
              const value = last?.[key];
              return `${label} ${value == null ? "–" : format(value)} (${dash === undefined ? "solid" : dash.startsWith("1") ? "dotted" : "dashed"})`;
            })
            .join(" · ")}
        </span>
      </h3>
      <ResponsiveContainer width="100%" height={84}>
        <ComposedChart
          data={[...points]}
          margin={{ top: 6, right: PLOT.right, bottom: 4, left: 0 }}
          accessibilityLayer={false}
        >
          <XAxis type="number" dataKey="t" scale="time" domain={[...domain]} {...chartAxis} tick={false} height={4} />
          <YAxis {...chartAxis} width={PLOT.left} axisLine={false} tickCount={3} tickFormatter={format} />
          {markLines(marks)}
          {lines.map(({ key, ink, dash }) => (
            <Line
              key={key}
              type="linear"
              dataKey={key}
              stroke={ink}
              strokeWidth={1.5}
              {...(dash === undefined ? {} : { strokeDasharray: dash })}
              dot={points.length === 1}
              connectNulls={false}
              isAnimationActive={false}
            />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
    </>
  );
}
