import { checkLimit, checkPosition } from "@/lib/queries/check-input";
import { type CommandShown, commandOf } from "@/lib/queries/command-note";
import { type EventFilter, filterConditions } from "@/lib/queries/event-filter";
import { listEvents } from "@/lib/queries/list-events";
import { type ConsumerStepAt, consumerSteps } from "@/lib/queries/processed-by";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";
import { processesWait } from "@/lib/queries/trace-waits";

/**
 * What can be asked of traces. `failed`: something of it is set aside. `unsettled`: a consumer has not finished it, or a
 * command waits to be sent. `waiting`: something of it waits, for a consumer, to be sent, or for a timer; a timer that
 * waits for its time leaves a trace settled.
 */
export const TRACE_STATES = ["failed", "unsettled", "waiting"] as const;
/** One of them. */
export type TraceState = (typeof TRACE_STATES)[number];

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

/** Events that one step of the walk looks at, steps of one page, and events that are read of one trace. */
const STEP = 300;
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
    const { found, seen, next } = await candidates(context, page, cursor);
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

/** A trace with the position at which it stands in the list. */
type Candidate = { readonly id: string; readonly position: bigint };

type Walk = {
  readonly found: readonly Candidate[];
  readonly seen: number;
  /** Where the walk goes on; null at its end. */
  readonly next: bigint | null;
};

/** The next stretch of the walk: the traces whose latest candidate is in it. */
async function candidates(
  context: QueryContext,
  { filter, state }: TracesRequest,
  before: bigint | null,
): Promise<Walk> {
  if (filter && narrows(filter)) {
    const page = await listEvents(context, {
      ...filter,
      ...(before === null ? {} : { before: String(before) }),
      limit: STEP,
    });
    const latest = new Map<string, bigint>();
    for (const { correlationId, position } of page.events) {
      if (!latest.has(correlationId)) latest.set(correlationId, BigInt(position));
    }
    const listed = await listedBefore(context, filter, before, [...latest.keys()]);
    return {
      found: [...latest].flatMap(([id, position]) => (listed.has(id) ? [] : [{ id, position }])),
      seen: page.scan?.scanned ?? page.events.length,
      next: page.next === null ? null : BigInt(page.next),
    };
  }
  const rows = await context.reads.query<{ id: string; position: bigint; last: bigint; seen: number }>(WALK_SQL, [
    before,
    state !== "failed",
    state === "failed" || state === "unsettled",
    state === "waiting" || state === "unsettled",
    STEP,
    state === "waiting",
  ]);
  const [first] = rows;
  if (!first) return { found: [], seen: 0, next: null };
  const found = rows.flatMap(({ id, position }) => (id === null ? [] : [{ id, position }]));
  return { found, seen: first.seen, next: first.seen < STEP ? null : first.last };
}

/**
 * Which of these traces have an event in the filter at `before` or after it, and so were listed already. Each is looked
 * for along its own events from there on, however far apart the log has them.
 */
async function listedBefore(
  context: QueryContext,
  filter: EventFilter,
  before: bigint | null,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (before === null || ids.length === 0) return new Set();
  const { values, bind } = createValues();
  const rows = await context.reads.query<{ id: string }>(
    `select wanted.id from unnest(${bind(ids)}::text[]) as wanted(id) cross join lateral (
       select from events e
        where (e.correlation_id, e.position) >= (wanted.id, ${bind(before)}::bigint) and e.correlation_id <= wanted.id
          and ${filterConditions(context, filter, bind).join(" and ")}
        order by e.correlation_id, e.position limit 1) newer`,
    values,
  );
  return new Set(rows.map(({ id }) => id));
}

function narrows({ data, ...fields }: EventFilter): boolean {
  return Object.values(fields).some((value) => value !== undefined) || Object.keys(data ?? {}).length > 0;
}

/**
 * $1 cursor, $2 whether events are walked, $3 whether open dead letters are, $4 whether of the events only those that some
 * consumer is behind of, and the commands that wait to be sent, $6 whether timers that wait.
 */
const WALK_SQL = `
  with bounds as (
    select least(coalesce($1::bigint, h.position + 1), h.position + 1) as before,
           case when $4 then coalesce((select min(p.checkpoint) from consumer_partitions p
                  join consumers c on c.name = p.consumer and c.generation = p.generation and c.mode = 'async'), 0) else 0 end as floor
      from high_water h
  ), walked as (
    (select e.position, e.correlation_id from bounds b, events e
      where $2 and e.position < b.before and e.position > b.floor order by e.position desc limit $5::int)
    union
    (select e.position, e.correlation_id from bounds b, dead_letters d join events e on e.position = d.position
      where $3 and d.closed_at is null and d.position < b.before order by d.position desc limit $5::int)
    union
    (select c.position, c.correlation_id from bounds b, process_commands c
      where $4 and c.state = 'waiting' and c.position < b.before order by c.position desc limit $5::int)
    union
    (select t.position, t.correlation_id from bounds b, process_timers t
      where $6 and t.state = 'waiting' and t.position < b.before order by t.position desc limit $5::int)
    order by position desc limit $5::int
  ), grouped as (
    select correlation_id, max(position) as position from walked group by 1
  ), fresh as (
    select g.correlation_id, g.position from grouped g, bounds b
     where not exists (
       select from events f where f.correlation_id = g.correlation_id and f.position >= b.before and $1::bigint is not null
          and (($2 and f.position > b.floor) or ($3 and exists (
            select from dead_letters d where d.stream = f.stream and d.position = f.position and d.closed_at is null))))
       and not exists (
         select from process_commands c where $4 and $1::bigint is not null and c.correlation_id = g.correlation_id
            and c.state <> 'accepted' and c.state = 'waiting' and c.position >= b.before)
       and not exists (
         select from process_timers t where $6 and $1::bigint is not null and t.correlation_id = g.correlation_id
            and t.state = 'waiting' and t.position >= b.before)
  )
  select f.correlation_id as id, f.position, s.last, s.seen
    from (select min(position) as last, count(*)::int as seen from walked) s left join fresh f on true
   where s.seen > 0 order by f.position desc`;

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
