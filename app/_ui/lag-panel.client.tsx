"use client";
import dynamic from "next/dynamic";
import { useState } from "react";
import { earlyPress } from "./early-press";
import { formatCount, formatDuration, formatTime } from "./format";
import { type LagPoint, lagSummary } from "./lag-scale";
import { num, PlainTable } from "./plain-table";

// The chart library is larger than the rest of the page together: it comes only here, after the figures.
const LagChart = dynamic(() => import("./lag-chart.client").then((module) => module.LagChart), {
  ssr: false,
  loading: () => <div role="status" aria-label="Loading the chart" className="skeleton mx-4 my-2 h-[292px]" />,
});

/** The lag chart with its two switches, log or linear and chart or table, and its summary in words. */
export function LagPanel({
  points,
  sloMs,
  ranges,
}: {
  points: readonly LagPoint[];
  sloMs: number;
  ranges: React.ReactNode;
}) {
  const [linear, setLinear] = useState(false);
  const [asTable, setAsTable] = useState(false);
  return (
    <div>
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 pb-1">
        <p className="text-muted text-data">{lagSummary(points, sloMs)}</p>
        <div className="flex flex-wrap items-center gap-2">
          {ranges}
          <button
            {...earlyPress}
            type="button"
            className="btn"
            aria-pressed={linear}
            onClick={() => setLinear(!linear)}
          >
            {linear ? "Log scale" : "Linear scale"}
          </button>
          <button
            {...earlyPress}
            type="button"
            className="btn"
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? "View as chart" : "View as table"}
          </button>
        </div>
      </div>
      {asTable ? <LagTable points={points} /> : <LagChart points={points} sloMs={sloMs} linear={linear} />}
    </div>
  );
}

function LagTable({ points }: { points: readonly LagPoint[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label="Lag as a table" tabIndex={0} className="max-h-[300px] overflow-y-auto">
      <PlainTable label="Lag" heads={["Time UTC", num("Oldest unprocessed"), num("Behind")]} stack={false}>
        {[...points].reverse().map((point) => (
          <tr key={point.t}>
            <td className="mono">{formatTime(new Date(point.t).toISOString())}</td>
            <td className="num">{point.ageMs === null ? "–" : formatDuration(point.ageMs)}</td>
            <td className="num">{point.events === null ? "–" : formatCount(point.events)}</td>
          </tr>
        ))}
      </PlainTable>
    </section>
  );
}
