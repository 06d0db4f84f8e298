import { checkLimit, checkPosition } from "@/lib/queries/check-input";
import { type CommandShown, commandOf } from "@/lib/queries/command-note";
import type { EventFilter } from "@/lib/queries/event-filter";
import { type ConsumerStepAt, consumerSteps } from "@/lib/queries/processed-by";
import type { QueryContext } from "@/lib/queries/query-context";
import { processesWait } from "@/lib/queries/trace-waits";
import { type Candidate, type TraceState, walkTraces } from "@/lib/queries/walk-traces";

/** A trace as lists show it. Counts and states are those of its newest events, `EVENTS_MAX` at most; then `more`. */
export type TraceListRow = {
  readonly correlationId: string;
  /** The command that began it; null when it began with an append, of which `type` tells. */
  readonly command: CommandShown | null;
  readonly type: string;
  readonly stream: string;
  readonly startedAt: string;
  readonly lastAt: string;
  readonly events: number;
  readonly streams: number;
  readonly more: boolean;
  readonly settled: boolean;
  readonly open: number;
  readonly failures: number;
  /** Timers of process managers that still wait. */
  readonly timers: number;
  /** From its beginning to the last commit of a consumer, in milliseconds; up to now while it is open. */
  readonly durationMs: number;
  /** The longest that a consumer waited, or does so far, in milliseconds. */
  readonly lagMs: number;
};

/** One page of traces, by their latest event of those asked for, newest first. */
export type TracesPage = {
  readonly traces: readonly TraceListRow[];
  /** Cursor of the page after this one; null at the end. */
  readonly next: string | null;
  /** Events that this answer looked at. */
  readonly scanned: number;
};

/** What a page of traces is asked by; `cursor` is the `next` of the page before. */
export type TracesRequest = {
  readonly filter?: EventFilter | undefined;
  readonly state?: TraceState | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** Steps of one page's walk, and events that are read of one trace. */
const STEPS_MAX = 4;
const EVENTS_MAX = 30;

/**
 * Lists traces. The walk goes back over the log from the cursor, by an index, and a trace stands where its latest event
 * is: what was listed before is not listed again. `failed` walks over the dead letters, `waiting` over what process
 * managers wait for and no further back in the log than the consumer that is furthest behind. Bounded: a page that finds
 * little ends early and says how to go on.
 */
export async function listTraces(context: QueryContext, page: TracesRequest): Promise<TracesPage> {
  const limit = checkLimit(page.limit);
  let cursor = page.cursor === undefined ? null : checkPosition(page.cursor, "cursor");
  const traces: TraceListRow[] = [];
  let scanned = 0;
  for (let step = 0; step < STEPS_MAX && traces.length < limit; step++) {
    const { found, seen, next } = await walkTraces(context, page, cursor);
    scanned += seen;
    const rows = await traceRows(context, found.slice(0, limit));
    for (const { id, position } of found.slice(0, limit)) {
      const row = rows.get(id);
      if (row && isWanted(row, page.state)) traces.push(row);
      cursor = position;
      if (traces.length === limit) return { traces, next: String(position), scanned };
    }
    if (found.length <= limit) {
      if (next === null) return { traces, next: null, scanned };
      cursor = next;
    }
  }
  return { traces, next: cursor === null ? null : String(cursor), scanned };
}

function isWanted({ settled, failures, open, timers }: TraceListRow, state: TraceState | undefined): boolean {
  if (state === "failed") return failures > 0;
  if (state === "waiting") return open > failures || timers > 0;
  return state === undefined || !settled;
}

type TraceEventRecord = {
  readonly id: string;
  readonly position: bigint;
  readonly stream: string;
  readonly recorded_at: string;
  readonly recorded_ms: number;
  readonly now_ms: number;
};

/** The rows of some traces, from their first event and their newest ones. */
async function traceRows(
  { reads }: QueryContext,
  found: readonly Candidate[],
): Promise<ReadonlyMap<string, TraceListRow>> {
  if (found.length === 0) return new Map();
  const ids = found.map(({ id }) => id);
  const [waits, events, firsts] = await Promise.all([
    processesWait(reads, ids),
    reads.query<TraceEventRecord>(
      `select wanted.id, e.position, e.stream, e.recorded_at, (extract(epoch from e.recorded_at) * 1000)::float8 as recorded_ms,
              (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
         from unnest($1::text[]) as wanted(id) cross join lateral (
           select * from events e where e.correlation_id = wanted.id order by e.correlation_id desc, e.position desc limit $2::int) e`,
      [ids, EVENTS_MAX + 1],
    ),
    reads.query<FirstRecord>(
      `select wanted.id, e.type, e.stream, e.recorded_at, e.command, (extract(epoch from e.recorded_at) * 1000)::float8 as recorded_ms
         from unnest($1::text[]) as wanted(id) cross join lateral (
           select * from events e where e.correlation_id = wanted.id order by e.correlation_id, e.position limit 1) e`,
      [ids],
    ),
  ]);
  const byTrace = grouped(events, ({ id }) => id);
  const newest = new Map([...byTrace].map(([id, all]) => [id, all.slice(0, EVENTS_MAX)]));
  const steps = await consumerSteps(
    reads,
    [...newest.values()].flat().map(({ position }) => position),
  );
  const stepsAt = grouped(steps, ({ position }) => position);
  return new Map(
    firsts.map((first) => {
      const more = (byTrace.get(first.id)?.length ?? 0) > EVENTS_MAX;
      const row = traceRow(first, newest.get(first.id) ?? [], stepsAt, more);
      const { timers = 0, commands = 0 } = waits.get(first.id) ?? {};
      const open = row.open + commands;
      return [first.id, { ...row, open, settled: open === 0, timers }];
    }),
  );
}

type FirstRecord = {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly recorded_at: string;
  readonly command: string | null;
  readonly recorded_ms: number;
};

function traceRow(
  first: FirstRecord,
  events: readonly TraceEventRecord[],
  stepsAt: ReadonlyMap<string, readonly ConsumerStepAt[]>,
  more: boolean,
): Omit<TraceListRow, "timers"> {
  const command = commandOf(first.command);
  const [last] = events;
  let [open, failures, lagMs, endMs] = [0, 0, 0, last?.recorded_ms ?? first.recorded_ms];
  for (const event of events) {
    for (const step of stepsAt.get(String(event.position)) ?? []) {
      const unfinished = step.state !== "done" && step.state !== "inline" && step.state !== "skipped";
      if (unfinished) open++;
      if (step.state === "parked") failures++;
      lagMs = Math.max(lagMs, step.waitingMs ?? 0);
      const doneMs = event.recorded_ms + (step.waitingMs ?? 0) + (step.workingMs ?? 0);
      endMs = Math.max(endMs, unfinished ? event.now_ms : doneMs);
    }
  }
  const begunMs = Math.min(first.recorded_ms, command ? Date.parse(command.receivedAt) : first.recorded_ms);
  return {
    correlationId: first.id,
    command,
    type: first.type,
    stream: first.stream,
    startedAt: first.recorded_at,
    lastAt: last?.recorded_at ?? first.recorded_at,
    events: events.length,
    streams: new Set(events.map(({ stream }) => stream)).size,
    more,
    settled: open === 0,
    open,
    failures,
    durationMs: Math.max(0, endMs - begunMs),
    lagMs,
  };
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
