import type pg from "pg";
import { pollLoop } from "@/lib/db/poll-loop";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import type { Duty } from "@/lib/subscriptions/sample-lag";

const EVERY_MS = 2_000;
const HELD_MS = 10_000;
/** Positions counted by one statement, and the rest between two while there is more: a long log is counted in minutes. */
const SPAN = 50_000;
const REST_MS = 100;

/** Counts what the log holds of each event type and version, behind the high-water mark, while this worker has the duty. */
export async function countVersions(duty: Duty): Promise<void> {
  await pollLoop({
    signal: duty.signal,
    idleMs: EVERY_MS,
    busyMs: REST_MS,
    errorMs: EVERY_MS,
    maxErrorMs: 60_000,
    onError: duty.onError,
    work: async () => {
      if (!(await holdDuty(duty.pool, "version-counter", duty.owner, HELD_MS))) return false;
      return await countOn(duty.pool);
    },
  });
}

/**
 * Counts the next part of the log; resolves with whether there is more. The mark is locked, read and moved in the statement
 * that counts: two who do this at once count each event once.
 */
export async function countOn(pool: Pick<pg.Pool, "query">, span = SPAN): Promise<boolean> {
  const { rows } = await pool.query<{ more: boolean }>({
    name: "count_versions",
    text: `
      with mark as (select position from event_versions_mark for update),
      part as (
        select m.position as after, least(h.position, m.position + $1) as upto, h.position as high_water
          from mark m cross join high_water h),
      seen as (
        select e.type, e.schema_version, count(*) as events, min(e.position) as first_position, max(e.position) as last_position,
               min(e.recorded_at) as first_at, max(e.recorded_at) as last_at
          from part p join events e on e.position > p.after and e.position <= p.upto
         group by e.type, e.schema_version),
      counted as (
        insert into event_versions as v (type, schema_version, events, first_position, last_position, first_at, last_at)
          select * from seen
        on conflict (type, schema_version) do update
          set events = v.events + excluded.events, last_position = excluded.last_position,
              last_at = greatest(v.last_at, excluded.last_at))
      update event_versions_mark m set position = p.upto, counted_at = clock_timestamp()
        from part p where p.upto > p.after returning p.upto < p.high_water as more`,
    values: [span],
  });
  return rows[0]?.more ?? false;
}
