import { ChevronDown, ChevronRight } from "lucide-react";
import Link from "next/link";
import { formatCount, formatDuration } from "@/app/_ui/format";
import { Glyph, type Status } from "@/app/_ui/glyph";
import type { TimeAxis } from "@/app/_ui/time-axis";
import { isConsumerRow } from "@/lib/queries/waterfall";
import type { Line } from "./folded-rows";
import type { WireRow } from "./wire-rows";

/** The colour of each kind, the same for every reader. */
export const kindFill = {
  command: "bg-kind-command",
  event: "bg-kind-event",
  projection: "bg-kind-projection",
  process: "bg-kind-process",
} as const;
const kindInk = {
  command: "text-kind-command",
  event: "text-kind-event",
  projection: "text-kind-projection",
  process: "text-kind-process",
} as const;

const glyphs: Readonly<Partial<Record<WireRow["status"], Status>>> = {
  waiting: "warn",
  unknown: "stale",
  parked: "bad",
  blocked: "warn",
  skipped: "idle",
};

/** What is not done has a glyph instead of its colour. */
export function glyphOf({ status, failed }: Pick<WireRow, "status" | "failed">): Status | undefined {
  return failed ? "bad" : glyphs[status];
}

/** One line of the waterfall: the name in its place of the tree, its times, its bar. */
export function Step({
  line,
  index,
  axis,
  now,
  href,
  current,
  onTurn,
}: {
  line: Line;
  index: number;
  axis: TimeAxis;
  now: number;
  /** Of the line with its row chosen; undefined for equal siblings, which only open. */
  href: string | undefined;
  current: boolean;
  onTurn: () => void;
}) {
  const { row, times } = line;
  return (
    <tr
      data-copy={row.id.replace(/^.*:/, "")}
      aria-rowindex={index}
      aria-current={current ? "true" : undefined}
      className="h-[29px]"
    >
      <td className="max-w-0 overflow-hidden text-ellipsis">
        <span
          className="inline-flex max-w-full items-center gap-1 pl-[calc(var(--depth)*14px)] max-md:pl-[calc(var(--depth)*5px)]"
          style={{ "--depth": Math.min(row.depth, 14) } as React.CSSProperties}
        >
          <Turner line={line} onTurn={onTurn} />
          {href === undefined ? (
            <button type="button" onClick={onTurn} className="inline-flex min-w-0 items-center gap-2 hover:text-brand">
              <Name line={line} />
              <span className="shrink-0 text-muted">× {formatCount(times)}</span>
            </button>
          ) : (
            <Link
              href={href}
              replace
              scroll={false}
              prefetch={false}
              data-row
              className="inline-flex min-w-0 items-center gap-2 hover:text-brand"
            >
              <Name line={line} />
            </Link>
          )}
          <Below line={line} />
        </span>
      </td>
      <td className="text-muted max-md:hidden">{row.kind}</td>
      <td className="num text-muted">{times === 1 && isConsumerRow(row) ? waited(row) : ""}</td>
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

/** What stands behind the name: what is folded below it, or the event's version. */
function Below({ line: { row, times, open, below, failed, unfinished } }: { line: Line }) {
  const words = [
    ...(open === false ? [`${formatCount(below)} below`] : []),
    ...(open === false && failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(open === false && unfinished > failed ? [`${formatCount(unfinished - failed)} open`] : []),
    ...(open !== false && times === 1 && row.version !== null ? [`version ${row.version}`] : []),
  ];
  if (words.length === 0) return null;
  return (
    <span className={`ml-1 shrink-0 text-faint text-label ${open === false ? "" : "max-md:hidden"}`}>
      {words.join(" · ")}
    </span>
  );
}

function Bar({ line: { row, times, endUs, unfinished }, axis, now }: { line: Line; axis: TimeAxis; now: number }) {
  const from = axis.at(row.startUs / 1000);
  const turn = axis.at((times === 1 ? row.startUs + row.waitUs : row.startUs) / 1000);
  const to = axis.at(Math.max(row.startUs, endUs ?? now) / 1000);
  const open = endUs === null;
  const ink = row.failed ? "text-bad-solid" : open ? "text-warn-solid" : kindInk[row.kind];
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
          className={`hatch absolute inset-y-0.5 rounded-l-[2px] ${ink}`}
          style={{ left: `min(${from}%, calc(100% - 3px))`, width: `max(3px, ${(open ? to : turn) - from}%)` }}
        />
      ) : null}
      {open ? null : (
        <div
          className={`absolute inset-y-0.5 min-w-[3px] rounded-[2px] ${kindFill[row.kind]} ${times > 1 ? "opacity-60" : ""}`}
          style={{ left: `min(${turn}%, calc(100% - 3px))`, width: `${Math.max(0, to - turn)}%` }}
        />
      )}
      {row.failed && unfinished > 0 ? (
        <div className="absolute inset-y-0 grid place-items-center" style={{ left: `calc(${to}% - 10px)` }}>
          <Glyph status="bad" />
        </div>
      ) : null}
    </div>
  );
}

/** How long the row waited, or why it still does. */
export function waited(row: WireRow): string {
  if (row.status === "inline") return "in append";
  if (row.status === "unknown") return "unknown";
  if (row.status === "skipped") return "skipped";
  return row.endUs === null ? row.status : formatDuration(row.waitUs / 1000);
}

/** How long the row worked; empty while it has not. */
export function worked(row: WireRow): string {
  return row.status === "done" ? formatDuration(row.workUs / 1000) : row.status === "inline" ? "–" : "";
}
