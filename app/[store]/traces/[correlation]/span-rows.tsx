import { formatDuration } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import type { TimeAxis } from "@/app/_ui/time-axis";
import type { RowSpans, SpanRow } from "@/lib/queries/row-spans";
import { withoutSpans } from "./without-spans";

/** In place of a row's spans: why there are none. */
export function NoSpansLine({ why, below }: { why: NonNullable<RowSpans["missing"]>; below: number }) {
  return (
    <tr className="h-(--line)" style={depthOf(below + 1)}>
      <td colSpan={5} className="text-faint text-label">
        <span className={INDENT}>{withoutSpans[why]}</span>
      </td>
    </tr>
  );
}

const INDENT =
  "inline-flex max-w-full items-center gap-2 pl-[calc(var(--depth)*14px+20px)] max-md:pl-[calc(var(--depth)*8px)]";

function depthOf(depth: number): React.CSSProperties {
  return { "--depth": Math.min(depth, 14) } as React.CSSProperties;
}

/** A span below the row that it belongs to. */
export function SpanLine({ span, below, axis }: { span: SpanRow; below: number; axis: TimeAxis }) {
  const statement = span.attributes["db.query.text"];
  const error = span.attributes["error.type"];
  const title = [span.service, statement, error && `failed: ${error}`].filter(Boolean).join("\n");
  return (
    <tr className="h-(--line) text-muted" style={depthOf(below + span.depth)} title={title}>
      <td className="first max-w-0 overflow-hidden text-ellipsis">
        <span className={INDENT}>
          {span.failed ? (
            <Glyph status="bad" />
          ) : (
            <span aria-hidden="true" className="h-px w-2 shrink-0 bg-line-strong" />
          )}
          <span className="truncate">{span.name}</span>
          <span className="shrink-0 text-faint text-label">
            {span.failed && error ? String(error) : span.service.replace(/^tidemark-/, "")}
          </span>
        </span>
      </td>
      <td className="max-md:ml-[calc(var(--depth)*8px+16px)]">span</td>
      <td />
      <td className="num">{formatDuration(span.durationUs / 1000)}</td>
      <td className="max-md:hidden">
        <SpanBar span={span} axis={axis} />
      </td>
    </tr>
  );
}

/** Clocks of two machines may differ, and a request begins before its command: what lies outside of the axis ends at it. */
function SpanBar({ span, axis }: { span: SpanRow; axis: TimeAxis }) {
  const inside = (percent: number) => Math.min(100, Math.max(0, percent));
  const from = inside(axis.at(span.startUs / 1000));
  const to = inside(axis.at((span.startUs + span.durationUs) / 1000));
  return (
    <div aria-hidden="true" className="relative h-4">
      <div
        className="absolute inset-y-1.5 min-w-[2px] rounded-[1px] bg-kind-system"
        style={{ left: `min(${from}%, calc(100% - 2px))`, width: `${Math.max(0, to - from)}%` }}
      />
    </div>
  );
}
