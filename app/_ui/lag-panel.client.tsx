"use client";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { urls } from "@/app/_lib/urls";
import { earlyPress } from "./early-press";
import { formatCount, formatDuration, formatRate, formatTime } from "./format";
import { type ChartMark, type LagPoint, lagSummary, type PacePoint, type WorkingPoint } from "./lag-scale";
import { Link } from "./link.client";
import { num, PlainTable } from "./plain-table";

// The chart library is larger than the rest of the page together: it comes only here, after the figures.
const LagChart = dynamic(() => import("./lag-chart.client").then((module) => module.LagChart), {
  ssr: false,
  loading: () => <div role="status" aria-label="Loading the chart" className="skeleton mx-4 my-2 h-[508px]" />,
});

/**
 * The lag chart with its two switches, log or linear and chart or table, its summary in words and what was done meanwhile.
 * A time that is drawn over the charts, or typed, is at `zoomHref` with `from` and `to` in ISO 8601.
 * From it and from each moment of the table a link leads to the overview of then.
 */
export function LagPanel({
  store,
  points,
  pace,
  working,
  marks,
  sloMs,
  ranges,
  from,
  to,
  zoomHref,
}: {
  store: string;
  points: readonly LagPoint[];
  pace: readonly PacePoint[];
  working: readonly WorkingPoint[];
  marks: readonly ChartMark[];
  sloMs: number;
  ranges: React.ReactNode;
  /** The time that is shown, ISO 8601. */
  from: string;
  to: string;
  /** This page without a time. */
  zoomHref: string;
}) {
  const router = useRouter();
  const [linear, setLinear] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const overviewAt = (t: number) => urls.overview(store, { at: new Date(t).toISOString() });
  return (
    <div>
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 pb-1">
        <p className="text-muted text-data">{lagSummary(points, sloMs)}</p>
        <div className="flex flex-wrap items-center gap-2">
          {ranges}
          <Link className="btn" href={overviewAt(Date.parse(to))}>
            Overview at its end
          </Link>
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
        <LagTable points={points} pace={pace} working={working} overviewAt={overviewAt} />
      ) : (
        <LagChart
          points={points}
          pace={pace}
          working={working}
          marks={marks}
          sloMs={sloMs}
          linear={linear}
          onZoom={(from, to) => router.push(zoomed(zoomHref, from, to), { scroll: false })}
        />
      )}
      <Marks marks={marks} />
      <TimeForm key={`${from} ${to}`} from={from} to={to} onTime={(ends) => router.push(zoomed(zoomHref, ...ends))} />
    </div>
  );
}

/** The same as drawing, by typing: both ends in UTC. */
function TimeForm({
  from,
  to,
  onTime,
}: {
  from: string;
  to: string;
  onTime: (ends: [from: number, to: number]) => void;
}) {
  return (
    <details className="px-4 pb-2 text-data text-muted">
      <summary className="cursor-pointer">Draw over the charts to look closer, or type the time that they show</summary>
      <form
        className="flex flex-wrap items-center gap-2 py-2"
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget);
          const [first = Number.NaN, last = Number.NaN] = ["from", "to"].map((name) =>
            Date.parse(`${given.get(name)}Z`),
          );
          if (first < last) onTime([first, last]);
        }}
      >
        {(
          [
            ["from", from],
            ["to", to],
          ] as const
        ).map(([name, time]) => (
          <label key={name} className="flex items-center gap-2">
            {name}
            <input
              type="datetime-local"
              step={1}
              name={name}
              defaultValue={time.slice(0, 19)}
              className="field mono"
              required
            />
          </label>
        ))}
        <span>UTC</span>
        <button {...earlyPress} type="submit" className="btn">
          Show
        </button>
      </form>
    </details>
  );
}

/** Shorter than this nothing can be told; milliseconds. */
const SHORTEST_MS = 10_000;

function zoomed(href: string, from: number, to: number): string {
  const end = Math.max(to, from + SHORTEST_MS);
  const times = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(end).toISOString() });
  return `${href}${href.includes("?") ? "&" : "?"}${times}`;
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

function LagTable({
  points,
  pace,
  working,
  overviewAt,
}: {
  points: readonly LagPoint[];
  pace: readonly PacePoint[];
  working: readonly WorkingPoint[];
  overviewAt: (t: number) => string;
}) {
  const took = (ms: number | null) => (ms === null ? "–" : formatDuration(ms));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label="Lag as a table" tabIndex={0} className="max-h-[300px] overflow-y-auto">
      <PlainTable label="Lag" heads={["Time UTC", num("Oldest unprocessed"), num("Behind")]}>
        {[...points].reverse().map((point) => (
          <tr key={point.t}>
            <td className="mono">
              <Link className="link" href={overviewAt(point.t)} title="The overview at this moment">
                {formatTime(new Date(point.t).toISOString())}
              </Link>
            </td>
            <td className="num">{point.ageMs === null ? "–" : formatDuration(point.ageMs)}</td>
            <td className="num">{point.events === null ? "–" : formatCount(point.events)}</td>
          </tr>
        ))}
      </PlainTable>
      <PlainTable label="Throughput" heads={["Time UTC", num("In"), num("Out")]}>
        {pace.toReversed().map((point) => (
          <tr key={point.t}>
            <td className="mono">{formatTime(new Date(point.t).toISOString())}</td>
            <td className="num">{point.in === null ? "–" : formatRate(point.in, "ev")}</td>
            <td className="num">{point.out === null ? "–" : formatRate(point.out, "ev")}</td>
          </tr>
        ))}
      </PlainTable>
      <PlainTable label="Time of a batch" heads={["Time UTC", num("p50"), num("p95"), num("p99")]}>
        {working.toReversed().map((point) => (
          <tr key={point.t}>
            <td className="mono">{formatTime(new Date(point.t).toISOString())}</td>
            <td className="num">{took(point.p50)}</td>
            <td className="num">{took(point.p95)}</td>
            <td className="num">{took(point.p99)}</td>
          </tr>
        ))}
      </PlainTable>
    </section>
  );
}
