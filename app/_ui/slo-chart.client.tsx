"use client";
import { Bar, BarChart, CartesianGrid, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { chartAxis } from "./chart-axis";
import { formatDuration, formatTime } from "./format";
import type { SloBar } from "./slo-words";

/**
 * For how much of each stretch the objective was missed, and for how much nobody knows; what is neither was kept. The line is the
 * time that may be spent in a stretch without the budget running out.
 */
export function SloChart({
  bars,
  widthSeconds,
  target,
  changes,
}: {
  bars: readonly SloBar[];
  widthSeconds: number;
  target: number;
  changes: readonly number[];
}) {
  const allowed = widthSeconds * 1_000 * (1 - target);
  const worst = Math.max(allowed * 2, ...bars.map(({ badMs, unknownMs }) => badMs + unknownMs));
  const long = widthSeconds > 3_600;
  const clock = (ms: number) => {
    const text = formatTime(new Date(ms).toISOString());
    return long ? text.slice(0, 6) : text.slice(7, 12);
  };
  return (
    <ResponsiveContainer width="100%" height={200}>
      <BarChart
        data={[...bars]}
        margin={{ top: 8, right: 28, bottom: 0, left: 0 }}
        barCategoryGap={1}
        maxBarSize={48}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis dataKey="t" {...chartAxis} tickFormatter={clock} minTickGap={120} />
        <YAxis
          {...chartAxis}
          width={64}
          axisLine={false}
          domain={[0, Math.min(worst, widthSeconds * 1_000)]}
          tickCount={4}
          tickFormatter={(ms: number) => (ms === 0 ? "0" : formatDuration(Math.round(ms)))}
        />
        {/* Above its line: the line may lie on the axis, and whatever the bars reach, there is room above it. */}
        <ReferenceLine
          y={allowed}
          stroke="var(--color-ok-solid)"
          strokeDasharray="5 4"
          label={{ value: "allowed", position: "insideBottomLeft", fill: "var(--color-muted)", fontSize: 11 }}
        />
        {bars
          .filter(({ t }) => changes.some((at) => at >= t && at < t + widthSeconds * 1_000))
          .map(({ t }) => (
            <ReferenceLine
              key={t}
              x={t}
              stroke="var(--color-kind-system)"
              strokeDasharray="1 3"
              label={{ value: "set", position: "insideTopRight", fill: "var(--color-faint)", fontSize: 11 }}
            />
          ))}
        <Tooltip content={<Reading />} isAnimationActive={false} cursor={{ fill: "var(--color-hover)" }} />
        <Bar dataKey="badMs" stackId="time" fill="var(--color-bad-solid)" isAnimationActive={false} />
        <Bar
          dataKey="unknownMs"
          stackId="time"
          fill="var(--color-line-strong)"
          fillOpacity={0.35}
          isAnimationActive={false}
        />
      </BarChart>
    </ResponsiveContainer>
  );
}

type ReadingProps = { active?: boolean; payload?: readonly { payload?: SloBar }[] };

function Reading({ active, payload }: ReadingProps) {
  const bar = payload?.[0]?.payload;
  if (!active || !bar) return null;
  return (
    <div className="rounded-control border bg-surface px-2.5 py-1.5 text-data shadow-md">
      <p className="mono text-faint">from {formatTime(new Date(bar.t).toISOString())} UTC</p>
      <p>over the objective: {formatDuration(bar.badMs)}</p>
      <p>unknown: {formatDuration(bar.unknownMs)}</p>
    </div>
  );
}
