"use client";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { earlyPress } from "./early-press";
import { formatCount, formatDuration, formatRate, formatTime } from "./format";
import { type ChartMark, type LagPoint, lagSummary, type PacePoint } from "./lag-scale";
import { num, PlainTable } from "./plain-table";

// The chart library is larger than the rest of the page together: it comes only here, after the figures.
const LagChart = dynamic(() => import("./lag-chart.client").then((module) => module.LagChart), {
  ssr: false,
  loading: () => <div role="status" aria-label="Loading the chart" className="skeleton mx-4 my-2 h-[398px]" />,
});

/** The lag chart with its two switches, log or linear and chart or table, its summary in words and what was done meanwhile. */
export function LagPanel({
  points,
  pace,
  marks,
  sloMs,
  ranges,
}: {
  points: readonly LagPoint[];
  pace: readonly PacePoint[];
  marks: readonly ChartMark[];
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
      {asTable ? (
        <LagTable points={points} pace={pace} />
      ) : (
        <LagChart points={points} pace={pace} marks={marks} sloMs={sloMs} linear={linear} />
      )}
      <Marks marks={marks} />
    </div>
  );
}

/** The lines of the charts in words, newest first; each leads to its record where there is one. */
function Marks({ marks }: { marks: readonly ChartMark[] }) {
  if (marks.length === 0) return null;
  return (
    <ul
      aria-label="What was done in this time"
      className="flex flex-wrap gap-x-4 gap-y-1 px-4 pb-2 text-data text-muted"
    >
      {marks.toReversed().map(({ t, label, href }) => (
        <li key={`${t} ${label}`}>
          <time className="mono" dateTime={new Date(t).toISOString()}>
            {formatTime(new Date(t).toISOString()).slice(0, 15)}
          </time>{" "}
          {href ? (
            <Link href={href} className="link">
              {label}
            </Link>
          ) : (
            label
          )}
        </li>
      ))}
    </ul>
  );
}

function LagTable({ points, pace }: { points: readonly LagPoint[]; pace: readonly PacePoint[] }) {
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
      <PlainTable label="Throughput" heads={["Time UTC", num("In"), num("Out")]} stack={false}>
        {pace.toReversed().map((point) => (
          <tr key={point.t}>
            <td className="mono">{formatTime(new Date(point.t).toISOString())}</td>
            <td className="num">{point.in === null ? "–" : formatRate(point.in)}</td>
            <td className="num">{point.out === null ? "–" : formatRate(point.out)}</td>
          </tr>
        ))}
      </PlainTable>
    </section>
  );
}
