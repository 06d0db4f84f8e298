import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { addEventFilter, type EventFilterOptions, payloadConditions } from "@/bin/cli/event-filter";
import { clock, count, duration, wholeNumber } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type Options = EventFilterOptions & {
  readonly state?: string;
  readonly cursor?: string;
  readonly limit: number;
};

type TraceRow = {
  readonly correlationId: string;
  readonly command: { readonly name: string } | null;
  readonly type: string;
  readonly lastAt: string;
  readonly events: number;
  readonly more: boolean;
  readonly settled: boolean;
  readonly open: number;
  readonly failures: number;
  readonly timers: number;
  readonly durationMs: number;
  readonly lagMs: number;
};

type Page = { readonly traces: readonly TraceRow[]; readonly next: string | null; readonly scanned: number };

/** `tidemark traces`: traces by their latest event. */
export function addTraces(program: Command, open: OpenSession): void {
  addEventFilter(
    program
      .command("traces")
      .description("list traces by their latest event: how each began, what failed, what is open, the longest lag"),
  )
    .option(
      "--state <state>",
      "`failed`, `unsettled` (not all is done), or `waiting`: for a consumer, to be sent, or for a timer",
    )
    .option("--cursor <position>", "go on after a page: the cursor that it ended with")
    .option("--limit <n>", "traces of a page, 1 to 500", wholeNumber("--limit", 1, 500), 20)
    .action(async ({ data, ...query }: Options) => {
      const { api, out } = open();
      const answer = await api.ask({ path: storePath("traces"), query: { ...query, ...payloadConditions(data) } });
      if (out.asJson) return out.raw(answer.text);
      const { traces, next, scanned } = answer.json() as Page;
      if (traces.length > 0) {
        out.table(
          ["TRACE", "BEGAN WITH", "STATE", "EVENTS", "TOOK", "LONGEST LAG", "LAST EVENT (UTC)"],
          traces.map((trace) => [
            ...[trace.correlationId, trace.command?.name ?? trace.type, stateOf(trace)],
            ...[`${trace.more ? "≥ " : ""}${count(trace.events)}`, duration(trace.durationMs), duration(trace.lagMs)],
            clock(trace.lastAt),
          ]),
          [3, 4, 5],
        );
      } else out.line(next === null ? "No trace matches." : "No trace matches so far.");
      if (next !== null) out.note(`Looked at ${count(scanned)} events; more with --cursor ${printable(next)}`);
    });
}

function stateOf({ failures, settled, open, timers }: TraceRow): string {
  if (failures > 0) return `${failures} failed`;
  if (!settled) return `${open} open`;
  return timers > 0 ? `${timers === 1 ? "1 timer" : `${timers} timers`} waiting` : "settled";
}
