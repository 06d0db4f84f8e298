import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { clock, duration } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

/** A bar of the waterfall as the API gives it; times are microseconds since the trace began. */
type TraceBar = {
  readonly id: string;
  readonly depth: number;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly stream: string | null;
  readonly version: number | null;
  readonly startUs: number;
  readonly waitUs: number;
  readonly workUs: number;
  readonly endUs: number | null;
  readonly detail: Readonly<Record<string, string | number | null>>;
};

type Trace = {
  readonly correlationId: string;
  readonly rows: readonly TraceBar[];
  readonly startedAt: string;
  readonly totalUs: number;
  readonly counts: { readonly commands: number; readonly events: number; readonly streams: number };
  readonly settled: boolean;
  readonly openEnds: number;
  readonly timers: number;
  readonly more: boolean;
  /** With `--spans`: what is kept of each row that worked. */
  readonly spans?: readonly RowSpans[];
};

type RowSpans = {
  readonly row: string;
  readonly spans: readonly { readonly depth: number; readonly name: string; readonly durationUs: number }[];
  readonly missing: string | null;
};

/** `tidemark trace ID`: the waterfall of a correlation. */
export function addTrace(program: Command, open: OpenSession): void {
  program
    .command("trace")
    .description("what one correlation did: commands, events, every consumer, with waiting and working time")
    .argument("<correlation>", "a correlation id")
    .option("--spans", "the spans that are kept of each step, too")
    .action(async (correlation: string, { spans }: { readonly spans?: boolean }) => {
      const { api, out } = open();
      const answer = await api.ask({
        path: storePath("traces", correlation),
        query: { spans: spans ? "true" : undefined },
      });
      if (out.asJson) return out.raw(answer.text);
      printTrace(out, answer.json() as Trace);
    });
}

function printTrace(out: Output, trace: Trace): void {
  const { commands, events, streams } = trace.counts;
  const timers = trace.timers > 0 ? `, ${trace.timers === 1 ? "a timer waits" : `${trace.timers} timers wait`}` : "";
  const state = `${trace.settled ? "settled" : `${trace.openEnds} still open`}${timers}`;
  out.line(out.colours.bold(`Trace ${printable(trace.correlationId)}`));
  out.line(
    `${commands} commands, ${events} events in ${streams} streams, ${duration(trace.totalUs / 1_000)} from ${printable(trace.startedAt)}, ${state}`,
  );
  out.line(out.colours.dim(`${WAITING} waiting  ${WORKING} working  ${ASLEEP} timer`));
  const names = trace.rows.map(nameOf);
  const nameWidth = Math.min(48, Math.max(...names.map((name) => name.length)));
  const barWidth = Math.max(20, Math.min(100, out.width) - nameWidth - TIMES_WIDTH);
  for (const [index, row] of trace.rows.entries()) {
    const name = (names[index] ?? "").slice(0, nameWidth).padEnd(nameWidth);
    out.line(`${name}  ${out.colours.cyan(barOf(row, trace.totalUs, barWidth).padEnd(barWidth))}  ${timesOf(row)}`);
    const inside = trace.spans?.find((one) => one.row === row.id);
    if (inside) for (const line of spanLines(row, inside)) out.line(out.colours.dim(line));
  }
  if (trace.more) out.note("The trace has more events than are drawn.");
}

function spanLines({ depth }: TraceBar, { spans, missing }: RowSpans): readonly string[] {
  const indent = (more: number) => "  ".repeat(depth + more);
  if (missing !== null) return [`${indent(1)}· no spans (${printable(missing)})`];
  return spans.map((span) => `${indent(span.depth)}· ${printable(span.name)}  ${duration(span.durationUs / 1_000)}`);
}

/** The bar of a row, `width` characters for the whole trace; every row has at least one mark. */
function barOf(row: TraceBar, totalUs: number, width: number): string {
  const place = (us: number) => Math.round((Math.min(us, totalUs) / Math.max(totalUs, 1)) * width);
  const end = row.endUs ?? totalUs;
  const from = Math.min(place(row.startUs), width - 1);
  const to = Math.max(from + 1, place(end));
  const waited = row.endUs === null && row.workUs === 0 ? to : Math.min(to, place(row.startUs + row.waitUs));
  if (row.kind === "wait") return " ".repeat(from) + ASLEEP.repeat(to - from);
  const waiting =
    row.waitUs > 0 ? Math.max(0, row.endUs === null ? to - from : Math.min(waited - from, to - from - 1)) : 0;
  return " ".repeat(from) + WAITING.repeat(waiting) + WORKING.repeat(to - from - waiting);
}

const WAITING = "░";
const WORKING = "█";
const ASLEEP = "┈";
/** Room for "wait 999 ms  work 999 ms". */
const TIMES_WIDTH = 30;

function nameOf(row: TraceBar): string {
  const of = row.kind === "event" && row.stream !== null ? ` ${row.stream}@${row.version}` : "";
  return `${"  ".repeat(row.depth)}${printable(row.name)}${printable(of)}`;
}

function timesOf(row: TraceBar): string {
  if (row.status === "inline") return "in the append";
  if (row.kind === "wait") return timerText(row);
  const parts: string[] = [];
  if (row.waitUs > 0) parts.push(`wait ${duration(row.waitUs / 1_000)}`);
  if (row.workUs > 0) parts.push(`work ${duration(row.workUs / 1_000)}`);
  if (row.endUs === null) parts.push(row.status);
  return parts.join("  ");
}

/** A timer: how long it waited and what became of it, or when its time comes. */
function timerText({ status, waitUs, endUs, detail }: TraceBar): string {
  if (endUs === null) return `${status}, due ${clock(printable(String(detail.dueAt)))}`;
  return `${status === "fired" ? "fired" : "called off"} after ${duration(waitUs / 1_000)}`;
}
