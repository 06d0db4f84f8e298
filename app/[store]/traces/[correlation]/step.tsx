import { ChevronDown, ChevronRight } from "lucide-react";
import { formatCount, formatDuration } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import type { TimeAxis } from "@/app/_ui/time-axis";
import { hasFailed, isConsumerRow } from "@/lib/queries/trace-row";
import type { Line } from "./folded-rows";
import { StateLink } from "./state-link.client";
import type { WireRow } from "./wire-rows";

/** The colour of each kind, the same for every reader. */
export const kindFill = {
  command: "bg-kind-command",
  event: "bg-kind-event",
  projection: "bg-kind-projection",
  process: "bg-kind-process",
  wait: "bg-kind-system",
} as const;
const kindInk = {
  command: "text-kind-command",
  event: "text-kind-event",
  projection: "text-kind-projection",
  process: "text-kind-process",
  wait: "text-kind-system",
} as const;

const glyphs: Readonly<Partial<Record<WireRow["status"], Status>>> = {
  waiting: "warn",
  unknown: "stale",
  parked: "bad",
  blocked: "warn",
  skipped: "idle",
  overdue: "warn",
  "called-off": "idle",
  rejected: "idle",
};

/** What is not done has a glyph instead of its colour; that a timer waits for its time is as it should be. */
export function glyphOf(row: Pick<WireRow, "kind" | "status" | "detail">): Status | undefined {
  const { kind, status } = row;
  if (hasFailed(row)) return "bad";
  return kind === "wait" && status === "waiting" ? undefined : glyphs[status];
}

/** One line of the waterfall: the name in its place of the tree, its times, its bar. */
export function Step({
  line,
  index,
  axis,
  now,
  current,
  onTurn,
}: {
  line: Line;
  index: number;
  axis: TimeAxis;
  now: number;
  current: boolean;
  onTurn: () => void;
}) {
  const { row, times } = line;
  return (
    <tr
      data-copy={row.id.replace(/^.*:/, "")}
      aria-rowindex={index}
      aria-current={current ? "true" : undefined}
      className="h-(--line)"
      style={{ "--depth": Math.min(row.depth, 14) } as React.CSSProperties}
    >
      <td className="first max-w-0 overflow-hidden text-ellipsis">
        <span className="inline-flex max-w-full items-center gap-1 pl-[calc(var(--depth)*14px)] max-md:pl-[calc(var(--depth)*8px)]">
          <Turner line={line} onTurn={onTurn} />
          {times > 1 ? (
            <button type="button" onClick={onTurn} className="inline-flex min-w-0 items-center gap-2 hover:text-brand">
              <Name line={line} />
              <span className="shrink-0 text-muted">× {formatCount(times)}</span>
            </button>
          ) : (
            <StateLink
              change={{ span: row.id }}
              data-row
              className="inline-flex min-w-0 items-center gap-2 hover:text-brand"
            >
              <Name line={line} />
            </StateLink>
          )}
          <Below line={line} now={now} />
        </span>
      </td>
      <td className="text-muted max-md:ml-[calc(var(--depth)*8px+20px)]">{row.kind}</td>
      <td className="num text-muted">
        {times === 1 && (isConsumerRow(row) || row.kind === "wait" || row.endUs === null) ? waited(row, now) : ""}
      </td>
      <td className="num">{times === 1 && row.kind !== "event" ? worked(row) : ""}</td>
      <td className="max-md:hidden">
        <Bar line={line} axis={axis} now={now} />
      </td>
    </tr>
  );
}

function Turner({ line, onTurn }: { line: Line; onTurn: () => void }) {
  if (line.open === null) return <span aria-hidden="true" className="w-4 shrink-0" />;
  const Icon = line.open ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      aria-expanded={line.open}
      aria-label={`${line.open ? "Collapse" : "Expand"} ${line.row.name}`}
      onClick={onTurn}
      className="grid size-6 shrink-0 -mx-1 place-items-center text-faint hover:text-ink"
    >
      <Icon size={13} strokeWidth={1.75} aria-hidden="true" />
    </button>
  );
}

function Name({ line: { row, failed, open } }: { line: Line }) {
  // What is folded away must not hide that something in it failed.
  const glyph = glyphOf(row) ?? (open === false && failed > 0 ? "bad" : undefined);
  return (
    <>
      {glyph ? (
        <Glyph status={glyph} />
      ) : (
        <span aria-hidden="true" className={`size-2 shrink-0 rounded-[2px] ${kindFill[row.kind]}`} />
      )}
      <span className={`truncate ${isConsumerRow(row) ? "" : "font-medium"}`}>{row.name}</span>
    </>
  );
}

/** What stands behind the name: what is folded below it, the event's version, or what becomes of a timer. */
function Below({ line: { row, times, open, below, failed, unfinished }, now }: { line: Line; now: number }) {
  const words = [
    ...(open === false ? [`${formatCount(below)} below`] : []),
    ...(open === false && failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(open === false && unfinished > failed ? [`${formatCount(unfinished - failed)} open`] : []),
    ...(open !== false && times === 1 && row.version !== null ? [`version ${row.version}`] : []),
    ...(times === 1 && (row.status === "rejected" || (row.kind === "command" && row.status === "called-off"))
      ? [row.status.replace("-", " ")]
      : []),
    ...(times === 1 && row.dueUs !== undefined ? [fate(row, row.dueUs, now)] : []),
  ];
  if (words.length === 0) return null;
  return (
    // Where there is no room for both, the name stays.
    <span className={`ml-1 text-faint text-label ${open === false ? "shrink-0" : "min-w-0 shrink-[99] truncate"}`}>
      {words.join(" · ")}
    </span>
  );
}

/** What a timer waits for, or what became of it. */
function fate({ status }: WireRow, dueUs: number, now: number): string {
  if (status === "fired") return "fired";
  if (status === "called-off") return "called off";
  return dueUs > now
    ? `due in ${formatDuration((dueUs - now) / 1000)}`
    : `due ${formatDuration((now - dueUs) / 1000)} ago`;
}

function Bar({ line: { row, times, endUs, unfinished }, axis, now }: { line: Line; axis: TimeAxis; now: number }) {
  const from = axis.at(row.startUs / 1000);
  const turn = axis.at((times === 1 ? row.startUs + row.waitUs : row.startUs) / 1000);
  const to = axis.at(Math.max(row.startUs, endUs ?? now) / 1000);
  const open = endUs === null;
  const timer = row.kind === "wait";
  const normal = timer && row.status !== "overdue";
  const failed = hasFailed(row);
  const ink = failed ? "text-bad-solid" : open && !normal ? "text-warn-solid" : kindInk[row.kind];
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
      {turn > from || open ? (
        <div
          className={`absolute inset-y-0.5 rounded-l-[2px] ${timer ? "dots" : "hatch"} ${ink}`}
          style={{ left: `min(${from}%, calc(100% - 3px))`, width: `max(3px, ${(open ? to : turn) - from}%)` }}
        />
      ) : null}
      {open || timer ? null : (
        <div
          className={`absolute inset-y-0.5 min-w-[3px] rounded-[2px] ${kindFill[row.kind]} ${times > 1 ? "opacity-60" : ""}`}
          style={{ left: `min(${turn}%, calc(100% - 3px))`, width: `${Math.max(0, to - turn)}%` }}
        />
      )}
      {failed && unfinished > 0 ? (
        <div
          className="absolute inset-y-0 grid place-items-center"
          style={{ left: `min(calc(${to}% - 10px), calc(100% - 20px))` }}
        >
          <Glyph status="bad" />
        </div>
      ) : null}
    </div>
  );
}

/** How long the row waited, or why it still does; a timer at the `now` of the trace. */
export function waited(row: WireRow, now: number): string {
  if (row.kind === "wait") return formatDuration(((row.endUs ?? now) - row.startUs) / 1000);
  if (row.status === "inline") return "in append";
  if (row.status === "unknown") return "unknown";
  if (row.status === "skipped") return "skipped";
  return row.endUs === null ? row.status : formatDuration(row.waitUs / 1000);
}

/** How long the row worked; empty while it has not. */
export function worked(row: WireRow): string {
  return row.status === "done" ? formatDuration(row.workUs / 1000) : row.status === "inline" ? "–" : "";
}
