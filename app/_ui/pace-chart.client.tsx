"use client";
import { ComposedChart, Line, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { chartAxis, markLines } from "./chart-axis";
import { formatRate } from "./format";
import type { ChartMark, PacePoint } from "./lag-scale";

/** What came in (dashed) and what was handled (solid), events a second, over the time that `domain` spans. */
export function PaceChart({
  pace,
  marks,
  domain,
}: {
  pace: readonly PacePoint[];
  marks: readonly ChartMark[];
  domain: readonly [number, number];
}) {
  const last = pace.at(-1);
  return (
    <>
      <h3 className="caps flex gap-3 px-4 pt-1">
        Throughput
        <span className="normal-case">
          in {last?.in == null ? "–" : formatRate(last.in)} (dashed) · out{" "}
          {last?.out == null ? "–" : formatRate(last.out)} (solid)
        </span>
      </h3>
      <ResponsiveContainer width="100%" height={84}>
        <ComposedChart data={[...pace]} margin={{ top: 6, right: 28, bottom: 4, left: 0 }} accessibilityLayer={false}>
          <XAxis type="number" dataKey="t" scale="time" domain={[...domain]} {...chartAxis} tick={false} height={4} />
          <YAxis
            {...chartAxis}
            width={52}
            axisLine={false}
            tickCount={3}
            tickFormatter={(value: number) => formatRate(value)}
          />
          {markLines(marks)}
          {(["in", "out"] as const).map((side) => (
            <Line
              key={side}
              type="linear"
              dataKey={side}
              stroke={side === "in" ? "var(--color-kind-system)" : "var(--color-kind-projection)"}
              strokeWidth={1.5}
              {...(side === "in" ? { strokeDasharray: "4 3" } : {})}
              dot={pace.length === 1}
              connectNulls={false}
              isAnimationActive={false}
            />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
    </>
  );
}
