import { type EventFilter, filterConditions } from "@/lib/queries/event-filter";
import { listEvents } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";
import { budgetOf } from "@/lib/queries/search-in-steps";
import { createValues } from "@/lib/queries/sql-values";

/**
 * What can be asked of traces. `failed`: something of it is set aside. `unsettled`: a consumer has not finished it, or a
 * command waits to be sent. `waiting`: something of it waits, for a consumer, to be sent, or for a timer; a timer that
 * waits for its time leaves a trace settled.
 */
export const TRACE_STATES = ["failed", "unsettled", "waiting"] as const;
/** One of them. */
export type TraceState = (typeof TRACE_STATES)[number];

/** Events that one step of the walk looks at. */
const STEP = 300;

/** Milliseconds that a step may search where no index answers its filter. */
const STEP_MS = 35;

/** A trace with the position at which it stands in the list. */
export type Candidate = { readonly id: string; readonly position: bigint };

type Walk = {
  readonly found: readonly Candidate[];
  readonly seen: number;
  /** Where the walk goes on; null at its end. */
  readonly next: bigint | null;
};

/** The next stretch of the walk down from `before`: the traces whose latest candidate is in it, each once in the whole walk. */
export async function walkTraces(
  context: QueryContext,
  { filter, state }: { readonly filter?: EventFilter | undefined; readonly state?: TraceState | undefined },
  before: bigint | null,
): Promise<Walk> {
  if (filter && narrows(filter)) {
    const page = await listEvents(
      context,
      { ...filter, ...(before === null ? {} : { before: String(before) }), limit: STEP },
      budgetOf(STEP_MS),
    );
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
