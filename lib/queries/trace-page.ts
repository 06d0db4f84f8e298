import { NotFound } from "@/lib/kernel/errors";
import { isoOfMicroseconds } from "@/lib/kernel/time";
import { checkText } from "@/lib/queries/check-input";
import { commandOf } from "@/lib/queries/command-note";
import { consumerSteps } from "@/lib/queries/processed-by";
import type { QueryContext } from "@/lib/queries/query-context";
import type { TraceEvent, TraceRow } from "@/lib/queries/trace-row";
import { commandSenders, TIMERS_MAX, traceTimers, unrecordedCommands } from "@/lib/queries/trace-waits";
import { waterfall } from "@/lib/queries/waterfall";

export type { TraceRow } from "@/lib/queries/trace-row";

/** A correlation's whole path, in the order in which it is drawn (depth first). */
export type TracePage = {
  readonly correlationId: string;
  readonly rows: readonly TraceRow[];
  readonly startedAt: string;
  readonly now: string;
  /** From the first start to the last end (to now while something is open), in microseconds. */
  readonly totalUs: number;
  readonly counts: { readonly commands: number; readonly events: number; readonly streams: number };
  /** Whether every consumer has finished every event, and no command waits to be sent. */
  readonly settled: boolean;
  readonly openEnds: number;
  /** Timers that still wait for their time, or are overdue; they do not keep a trace from being settled. */
  readonly timers: number;
  /** The trace has more events than are drawn. */
  readonly more: boolean;
  readonly traceparent: string | null;
};

/** Rows that are read of one trace, and so events: each is a row itself, and one for every consumer of its type. */
const ROWS_MAX = 12_000;

/**
 * Reads a trace from the log and the batch records: nothing is sampled. Events just committed are shown even before the
 * high-water mark has passed them; they wait like any other. Throws `NotFound` when no event carries the correlation id.
 */
export async function tracePage({ reads }: QueryContext, correlationId: string): Promise<TracePage> {
  checkText(correlationId, "correlation");
  const [consumers, [clock], records] = await Promise.all([
    reads.query<{ types: string[] }>("select types from consumers"),
    reads.query<{ now: string; nowUs: number }>(
      `select now, (extract(epoch from now) * 1000000)::float8 as "nowUs" from clock_timestamp() now`,
    ),
    reads.query<TraceEvent>(
      `select e.event_id, e.type, e.schema_version, e.stream, e.version, e.position, e.recorded_at, e.causation_id, e.actor,
              e.traceparent, e.command, (extract(epoch from e.recorded_at) * 1000000)::float8 as recorded_us
         from events e
        where (e.correlation_id, e.position) >= ($1::text, 0) and e.correlation_id <= $1::text
        order by e.correlation_id, e.position limit $2::int`,
      [correlationId, ROWS_MAX + 1],
    ),
  ]);
  const events = withinRows(records, consumers);
  const [first] = events;
  if (!first || !clock) throw new NotFound("trace", correlationId);
  const handled = new Set(consumers.flatMap(({ types }) => types));
  const [steps, timers, senders, unrecorded] = await Promise.all([
    consumerSteps(
      reads,
      events.flatMap(({ type, position }) => (handled.has(type) ? [position] : [])),
    ),
    traceTimers(reads, correlationId),
    commandSenders(reads, sentCommands(events)),
    unrecordedCommands(reads, correlationId),
  ]);
  const { rows, startUs } = waterfall(events, steps, { timers: timers.slice(0, TIMERS_MAX), senders, unrecorded });
  const open = rows.filter((row) => row.endUs === null);
  const waits = open.filter(({ kind }) => kind === "wait").length;
  const openEnds = open.length - waits;
  const lastEnd = rows.reduce((last, row) => Math.max(last, row.endUs ?? 0), 0);
  return {
    correlationId,
    rows,
    startedAt: isoOfMicroseconds(BigInt(startUs)),
    now: clock.now,
    totalUs: open.length > 0 ? Math.max(lastEnd, clock.nowUs - startUs) : lastEnd,
    counts: {
      commands: rows.filter((row) => row.kind === "command").length,
      events: events.length,
      streams: new Set(events.map((event) => event.stream)).size,
    },
    settled: openEnds === 0,
    openEnds,
    timers: waits,
    more: records.length > events.length || timers.length > TIMERS_MAX,
    traceparent: first.traceparent,
  };
}

/** The ids of the commands that process managers sent. */
function sentCommands(events: readonly TraceEvent[]): readonly string[] {
  const sent = events.filter(({ actor }) => actor?.startsWith("process:"));
  return [...new Set(sent.flatMap(({ command }) => commandOf(command)?.id ?? []))];
}

/** The first events whose rows are no more than `ROWS_MAX`. */
function withinRows<Event extends TraceEvent>(
  events: readonly Event[],
  consumers: readonly { readonly types: readonly string[] }[],
): readonly Event[] {
  const rowsOf = new Map<string, number>();
  for (const type of consumers.flatMap(({ types }) => types)) rowsOf.set(type, (rowsOf.get(type) ?? 0) + 1);
  let rows = 0;
  const end = events.findIndex(({ type }) => {
    rows += 1 + (rowsOf.get(type) ?? 0);
    return rows > ROWS_MAX;
  });
  return end === -1 ? events : events.slice(0, end);
}
