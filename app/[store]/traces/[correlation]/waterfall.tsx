import Link from "next/link";
import { Fragment } from "react";
import { formatDuration } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import { type TimeAxis, timeAxis } from "@/app/_ui/time-axis";
import type { RowSpans } from "@/lib/queries/row-spans";
import type { TracePage, TraceRow } from "@/lib/queries/trace-page";
import { SpanRows } from "./span-rows";

type Here = (change: Readonly<Record<string, string | undefined>>) => string;

/**
 * The waterfall: what was asked, what was said, and when each read model knew. Solid is work, hatched is waiting, idle
 * stretches are cut. Everything is drawn by the server; a row opens through the URL. On a phone it is an indented list.
 */
export function Waterfall({
  trace,
  spans,
  here,
  detail,
  cutIdle,
  onlyOpen,
  chosen,
}: {
  trace: TracePage;
  /** Of the rows whose spans are shown below them. */
  spans: ReadonlyMap<string, RowSpans>;
  here: Here;
  detail: boolean;
  cutIdle: boolean;
  onlyOpen: boolean;
  chosen: string | undefined;
}) {
  const rows = onlyOpen ? openRows(trace.rows) : trace.rows;
  const axis = timeAxis(
    trace.rows.map((row) => ({ from: row.startUs / 1000, to: endOf(row, trace) / 1000 })),
    cutIdle,
  );
  return (
    <section aria-label="Waterfall">
      <div className="flex min-h-9 flex-wrap items-center gap-2 border-b px-4 py-1">
        <Link
          href={here({ idle: cutIdle ? "off" : undefined })}
          replace
          scroll={false}
          aria-keyshortcuts="i"
          aria-label={cutIdle ? "Show idle time in full" : "Cut idle time"}
          className="btn h-6"
        >
          Idle time: {cutIdle ? "cut" : "in full"}
        </Link>
        <Link
          href={here({ only: onlyOpen ? undefined : "open" })}
          replace
          scroll={false}
          aria-keyshortcuts="E"
          aria-label={onlyOpen ? "Show every row" : "Show only what is open or unknown"}
          className="btn h-6"
        >
          {onlyOpen ? "Open ends only" : "All rows"}
        </Link>
        <Link
          href={here({ detail: detail ? undefined : "on" })}
          replace
          scroll={false}
          aria-keyshortcuts="d"
          aria-label={detail ? "Hide the spans below the rows" : "Show the spans below every row"}
          className="btn h-6"
        >
          Spans: {detail ? "of every row" : "of the chosen row"}
        </Link>
        <Legend />
      </div>
      <table className="table waterfall" aria-label="Steps of the trace">
        <thead>
          <tr>
            <th scope="col" className="w-[32%] min-w-44">
              Name
            </th>
            <th scope="col" className="w-20 max-md:hidden">
              Kind
            </th>
            <th scope="col" className="num w-20">
              Waited
            </th>
            <th scope="col" className="num w-20">
              Worked
            </th>
            <th scope="col" className="max-md:hidden">
              <Ticks axis={axis} />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Fragment key={row.id}>
              <Step row={row} trace={trace} axis={axis} href={here({ span: row.id })} current={row.id === chosen} />
              <SpanRows row={row} spans={spans.get(row.id)} axis={axis} />
            </Fragment>
          ))}
        </tbody>
      </table>
      {rows.length === 0 ? <p className="px-4 py-6 text-muted">Nothing is open: every consumer has finished.</p> : null}
    </section>
  );
}

/** The depth as a style variable, so that a phone can indent less. */
function depthOf(row: TraceRow): React.CSSProperties {
  return { "--depth": Math.min(row.depth, 14) } as React.CSSProperties;
}

const fills = { command: "bg-kind-command", event: "bg-kind-event", projection: "bg-kind-projection" } as const;
const inks = { command: "text-kind-command", event: "text-kind-event", projection: "text-kind-projection" } as const;

/** What is not done has a glyph instead of its colour. */
const glyphs: Readonly<Partial<Record<TraceRow["status"], Status>>> = {
  waiting: "warn",
  unknown: "stale",
  parked: "bad",
  blocked: "warn",
  skipped: "idle",
};

function Step({
  row,
  trace,
  axis,
  href,
  current,
}: {
  row: TraceRow;
  trace: TracePage;
  axis: TimeAxis;
  href: string;
  current: boolean;
}) {
  return (
    <tr data-copy={row.id.replace(/^.*:/, "")} aria-current={current ? "true" : undefined}>
      <td className="max-w-0 overflow-hidden text-ellipsis">
        <Link
          href={href}
          replace
          scroll={false}
          data-row
          className="inline-flex max-w-full items-center gap-2 pl-[calc(var(--depth)*14px)] hover:text-brand max-md:pl-[calc(var(--depth)*5px)]"
          style={depthOf(row)}
        >
          {glyphs[row.status] ? (
            <Glyph status={glyphs[row.status] ?? "stale"} />
          ) : (
            <span aria-hidden="true" className={`size-2 shrink-0 rounded-[2px] ${fills[row.kind]}`} />
          )}
          <span className={`truncate ${row.kind === "projection" ? "" : "font-medium"}`}>{row.name}</span>
          {row.version === null ? null : (
            <span className="shrink-0 text-faint text-label max-md:hidden">version {row.version}</span>
          )}
        </Link>
      </td>
      <td className="text-muted max-md:hidden">{row.kind}</td>
      <td className="num text-muted">{row.kind === "projection" ? waited(row) : ""}</td>
      <td className="num">{row.kind === "event" ? "" : worked(row)}</td>
      <td className="max-md:hidden">
        <Bar row={row} trace={trace} axis={axis} />
      </td>
    </tr>
  );
}

function Bar({ row, trace, axis }: { row: TraceRow; trace: TracePage; axis: TimeAxis }) {
  const from = axis.at(row.startUs / 1000);
  const turn = axis.at((row.startUs + row.waitUs) / 1000);
  const to = axis.at(endOf(row, trace) / 1000);
  const open = row.endUs === null;
  return (
    <div aria-hidden="true" className="relative h-4">
      {axis.cuts.map((cut) => (
        <div
          key={cut.at}
          title={`${cut.label} idle, cut`}
          className="absolute inset-y-[-6px] bg-subtle"
          style={{ left: `${cut.at}%`, width: `${cut.width}%` }}
        />
      ))}
      {row.waitUs > 0 || open ? (
        <div
          className={`hatch absolute inset-y-0.5 rounded-l-[2px] ${open ? "text-warn-solid" : inks[row.kind]}`}
          style={{ left: `${from}%`, width: `max(2px, ${(open ? to : turn) - from}%)` }}
        />
      ) : null}
      {open ? null : (
        <div
          className={`absolute inset-y-0.5 min-w-[3px] rounded-[2px] ${fills[row.kind]}`}
          style={{ left: `min(${turn}%, calc(100% - 3px))`, width: `${Math.max(0, to - turn)}%` }}
        />
      )}
    </div>
  );
}

function Ticks({ axis }: { axis: TimeAxis }) {
  return (
    <div className="relative h-4 font-normal normal-case tracking-normal">
      {axis.ticks.map((tick) => (
        <span key={tick.at} className="absolute" style={{ left: `${tick.at}%` }}>
          {tick.label}
        </span>
      ))}
    </div>
  );
}

function Legend() {
  const sample = "h-2.5 w-5 rounded-[2px]";
  return (
    <p className="ml-auto flex flex-wrap items-center gap-x-4 text-faint text-label">
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className={`${sample} bg-kind-command`} /> command
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className={`${sample} bg-kind-event`} /> event
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className={`${sample} hatch text-kind-projection`} /> waiting
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className={`${sample} bg-kind-projection`} /> working
      </span>
    </p>
  );
}

function waited(row: TraceRow): string {
  if (row.status === "inline") return "in append";
  if (row.status === "unknown") return "unknown";
  if (row.status === "skipped") return "skipped";
  return row.endUs === null ? row.status : formatDuration(row.waitUs / 1000);
}

function worked(row: TraceRow): string {
  return row.status === "done" ? formatDuration(row.workUs / 1000) : row.status === "inline" ? "–" : "";
}

function endOf(row: TraceRow, trace: TracePage): number {
  return row.endUs ?? Math.max(row.startUs, trace.totalUs);
}

/** What is open or unknown, with every row above it, so that the path to it stays readable. */
function openRows(rows: readonly TraceRow[]): readonly TraceRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const keep = new Set<string>();
  for (const row of rows) {
    if (row.endUs !== null) continue;
    for (let at: TraceRow | undefined = row; at && !keep.has(at.id); at = byId.get(at.parent ?? "")) keep.add(at.id);
  }
  return rows.filter((row) => keep.has(row.id));
}
