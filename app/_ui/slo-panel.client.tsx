"use client";
import dynamic from "next/dynamic";
import { useState } from "react";
import { urls } from "@/app/_lib/urls";
import { earlyPress } from "./early-press";
import { formatDuration, formatTime, plural } from "./format";
import { Link } from "./link.client";
import { num, PlainTable } from "./plain-table";
import type { SloBar } from "./slo-words";

// The chart library comes only here, after the figures.
const SloChart = dynamic(() => import("./slo-chart.client").then((module) => module.SloChart), {
  ssr: false,
  loading: () => <div role="status" aria-label="Loading the chart" className="skeleton mx-4 my-2 h-[200px]" />,
});

/** Time over an objective as a chart or a table, summed up in a sentence. A time of the table leads to the overview of then. */
export function SloPanel({
  store,
  bars,
  widthSeconds,
  target,
  changes,
  ranges,
}: {
  store: string;
  bars: readonly SloBar[];
  widthSeconds: number;
  target: number;
  changes: readonly number[];
  ranges: React.ReactNode;
}) {
  const [asTable, setAsTable] = useState(false);
  return (
    <div>
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 pb-1">
        <p className="text-muted text-data">{summaryOf(bars)}</p>
        <div className="flex flex-wrap items-center gap-2">
          {ranges}
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
        <TimeTable store={store} bars={bars} widthSeconds={widthSeconds} />
      ) : (
        <SloChart bars={bars} widthSeconds={widthSeconds} target={target} changes={changes} />
      )}
    </div>
  );
}

function summaryOf(bars: readonly SloBar[]): string {
  if (bars.length === 0) return "Its lag is not kept track of yet.";
  const sum = (side: "badMs" | "unknownMs") => bars.reduce((total, bar) => total + bar[side], 0);
  const stretches = bars.filter(({ badMs }) => badMs > 0).length;
  const over =
    sum("badMs") === 0 ? "Never over the objective" : `Over the objective for ${formatDuration(sum("badMs"))}`;
  const where = stretches === 0 ? "" : `, in ${plural(stretches, "stretch").replace("stretchs", "stretches")}`;
  return `${over}${where}; ${sum("unknownMs") === 0 ? "all of the time is known" : `${formatDuration(sum("unknownMs"))} unknown`}.`;
}

function TimeTable({ store, bars, widthSeconds }: { store: string; bars: readonly SloBar[]; widthSeconds: number }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section aria-label="Time over the objective as a table" tabIndex={0} className="max-h-[300px] overflow-y-auto">
      <PlainTable
        label="Time over the objective"
        heads={[`${formatDuration(widthSeconds * 1_000)} from (UTC)`, num("Over"), num("Unknown"), num("Within")]}
      >
        {bars.toReversed().map(({ t, goodMs, badMs, unknownMs }) => (
          <tr key={t}>
            <td className="mono">
              <Link
                className="link"
                href={urls.overview(store, { at: new Date(t).toISOString() })}
                title="The overview at this moment"
              >
                {formatTime(new Date(t).toISOString()).slice(0, 15)}
              </Link>
            </td>
            <td className={`num ${badMs > 0 ? "text-bad" : ""}`}>{badMs === 0 ? "0" : formatDuration(badMs)}</td>
            <td className="num">{unknownMs === 0 ? "0" : formatDuration(unknownMs)}</td>
            <td className="num text-muted">{formatDuration(goodMs)}</td>
          </tr>
        ))}
      </PlainTable>
    </section>
  );
}
