"use client";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { chartAxis, markLines, PLOT } from "./chart-axis";
import { formatCount, formatDuration, formatRate, formatTime, plural } from "./format";
import { type ChartMark, LAG_TICKS, type LagPoint, lagTick, type PacePoint, type WorkingPoint } from "./lag-scale";
import { type ChartLine, LinesChart } from "./lines-chart.client";
import { TimeBrush } from "./time-brush.client";

const HANDLED = "var(--color-kind-projection)";
const paceLines: readonly ChartLine[] = [
  { key: "in", label: "in", ink: "var(--color-kind-system)", dash: "4 3" },
  { key: "out", label: "out", ink: HANDLED },
];
const workingLines: readonly ChartLine[] = [
  { key: "p50", label: "p50", ink: HANDLED },
  { key: "p95", label: "p95", ink: "var(--color-kind-process)", dash: "4 3" },
  { key: "p99", label: "p99", ink: "var(--color-kind-outbox)", dash: "1 3" },
];

const DAY_MS = 86_400_000;

/**
 * Age of the oldest unprocessed event over time, on a symlog axis with the objective as a band, and the count of
 * unprocessed events, the throughput and the time of a batch beneath it; what was done meanwhile is a line through all of
 * them. Gaps stay gaps. A time that is drawn over any of them is what `onZoom` gets, in milliseconds since 1970.
 */
export function LagChart({
  points,
  pace,
  working,
  marks,
  sloMs,
  linear,
  onZoom,
}: {
  points: readonly LagPoint[];
  pace: readonly PacePoint[];
  working: readonly WorkingPoint[];
  marks: readonly ChartMark[];
  sloMs: number;
  linear: boolean;
  onZoom: (from: number, to: number) => void;
}) {
  const data = points.map((point) => ({ ...point, age: point.ageMs === null ? null : point.ageMs / 1000 }));
  const slo = sloMs / 1000;
  const worst = Math.max(slo * 1.5, ...data.map((point) => point.age ?? 0));
  const top = linear ? worst * 1.1 : (LAG_TICKS.find((tick) => tick > worst) ?? worst * 1.2);
  const ticks = LAG_TICKS.filter((tick) => tick <= top);
  const domain: [number, number] = [points[0]?.t ?? 0, points.at(-1)?.t ?? 0];
  const times = { type: "number", dataKey: "t", domain, scale: "time" } as const;
  // Within a day the hour says enough, over several the day does.
  const clock = (ms: number) => {
    const text = formatTime(new Date(ms).toISOString());
    return domain[1] - domain[0] > DAY_MS ? text.slice(0, 6) : text.slice(7, 12);
  };
  return (
    <TimeBrush domain={domain} {...PLOT} onDrawn={onZoom}>
      <ResponsiveContainer width="100%" height={220}>
        <ComposedChart
          data={data}
          syncId="lag"
          margin={{ top: 8, right: PLOT.right, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} stroke="var(--color-line)" />
          <defs>
            <pattern
              id="over-objective"
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="1" height="6" fill="var(--color-line-strong)" opacity="0.35" />
            </pattern>
          </defs>
          <ReferenceArea y1={0} y2={slo} fill="var(--color-ok-tint)" fillOpacity={0.7} />
          <ReferenceArea y1={slo} y2={top} fill="url(#over-objective)" fillOpacity={1} />
          <XAxis {...times} {...chartAxis} tickFormatter={clock} minTickGap={150} />
          <YAxis
            {...chartAxis}
            width={PLOT.left}
            scale={linear ? "linear" : "symlog"}
            domain={[0, top]}
            tickFormatter={lagTick}
            axisLine={false}
            {...(linear ? {} : { ticks: [...ticks] })}
          />
          <ReferenceLine
            y={slo}
            stroke="var(--color-ok-solid)"
            strokeDasharray="5 4"
            label={{
              value: `objective ${lagTick(slo)}`,
              position: "insideTopLeft",
              fill: "var(--color-muted)",
              fontSize: 11,
            }}
          />
          {markLines(marks, domain[1] - domain[0])}
          <Tooltip content={<Reading />} isAnimationActive={false} cursor={{ stroke: "var(--color-line-strong)" }} />
          <Line
            type="linear"
            dataKey="age"
            stroke="var(--color-kind-projection)"
            strokeWidth={1.75}
            dot={false}
            connectNulls={false}
            isAnimationActive={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
      <h3 className="caps px-4 pt-1">Events behind</h3>
      <ResponsiveContainer width="100%" height={84}>
        <ComposedChart
          data={data}
          syncId="lag"
          margin={{ top: 6, right: PLOT.right, bottom: 4, left: 0 }}
          accessibilityLayer={false}
        >
          <XAxis {...times} {...chartAxis} tick={false} height={4} />
          <YAxis
            {...chartAxis}
            width={PLOT.left}
            axisLine={false}
            tickCount={3}
            tickFormatter={(value: number) => formatCount(Math.round(value))}
          />
          {markLines(marks)}
          <Tooltip content={() => null} isAnimationActive={false} cursor={{ stroke: "var(--color-line-strong)" }} />
          <Area
            type="linear"
            dataKey="events"
            stroke="var(--color-kind-event)"
            fill="var(--color-kind-event)"
            fillOpacity={0.16}
            strokeWidth={1.5}
            dot={false}
            connectNulls={false}
            isAnimationActive={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
      <LinesChart
        title="Throughput, events"
        points={pace}
        lines={paceLines}
        format={(value) => formatRate(value)}
        marks={marks}
        domain={domain}
      />
      <LinesChart
        title="Time of a batch"
        points={working}
        lines={workingLines}
        format={formatDuration}
        marks={marks}
        domain={domain}
      />
    </TimeBrush>
  );
}

type ReadingProps = { active?: boolean; payload?: readonly { payload?: LagPoint }[] };

function Reading({ active, payload }: ReadingProps) {
  const point = payload?.[0]?.payload;
  if (!active || !point) return null;
  return (
    <div className="rounded-control border bg-surface px-2.5 py-1.5 text-data shadow-md">
      <p className="mono text-faint">{formatTime(new Date(point.t).toISOString())} UTC</p>
      <p>oldest unprocessed: {point.ageMs === null ? "not measured" : formatDuration(point.ageMs)}</p>
      <p>behind: {point.events === null ? "not measured" : plural(point.events, "event")}</p>
    </div>
  );
}
