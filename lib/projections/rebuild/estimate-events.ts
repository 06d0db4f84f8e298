import type pg from "pg";

/** How many events there are of some types; `exact` is false for an estimate. */
export type EventEstimate = { readonly events: number; readonly exact: boolean };

/** Events of each type that are counted when the server's statistics know nothing of it. */
const COUNT_MAX = 10_000;

/**
 * How many events of these types the log holds, without counting the log: from the server's statistics of the column,
 * and, for types too rare to be in them, a count that stops at 10,000.
 */
export async function estimateEvents(db: pg.Pool, types: readonly string[]): Promise<EventEstimate> {
  const { rows } = await db.query<{ type: string; events: number; counted: number | null }>(
    `with known as (
       select s.type, s.share * greatest(c.reltuples, 0) as events
         from pg_class c join pg_stats p on p.schemaname = current_schema() and p.tablename = 'events' and p.attname = 'type'
        cross join unnest(p.most_common_vals::text::text[], p.most_common_freqs) as s(type, share)
        where c.oid = to_regclass('events'))
     select t.type, coalesce(k.events, 0)::float8 as events, rare.counted::integer as counted
       from unnest($1::text[]) as t(type) left join known k on k.type = t.type
       left join lateral (select count(*) as counted from (
         select from events e where k.type is null and e.type = t.type limit $2) bounded) rare on k.type is null`,
    [types, COUNT_MAX],
  );
  const events = rows.reduce((sum, row) => sum + (row.counted ?? row.events), 0);
  return { events: Math.round(events), exact: rows.every(({ counted }) => counted !== null && counted < COUNT_MAX) };
}
