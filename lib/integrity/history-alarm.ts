import type pg from "pg";
import type { HistoryFault } from "@/lib/integrity/history-fault";

/** What was found now. `run` is the verification that found it, null for the builder; `held` a note from outside that says so. */
type Raised = {
  readonly run: bigint | null;
  readonly faults: readonly HistoryFault[];
  readonly held?: string | null;
};

/**
 * Raises the alarm that history was changed, in the caller's transaction, or adds to the one that the same finder has open; what
 * the builder finds again and again stands as it was found first. Resolves with whether it is a new one.
 */
export async function raiseAlarm(client: pg.PoolClient, { run, faults, held = null }: Raised): Promise<boolean> {
  const [first] = faults;
  if (first === undefined) return false;
  const places = faults.flatMap(({ from, to }) => (from === null || to === null ? [] : [from, to]));
  const [least, most] = [
    places.reduce<bigint | null>((a, b) => (a === null || b < a ? b : a), null),
    places.reduce<bigint | null>((a, b) => (a === null || b > a ? b : a), null),
  ];
  const { rows } = await client.query<{ raised: boolean }>(
    `insert into history_alarms as a (run, faults, first_position, last_position, what, held_note) values ($1, $2, $3, $4, $5, $6)
     on conflict ((coalesce(run, 0))) where settled_at is null do update
       set faults = a.faults + excluded.faults, first_position = least(a.first_position, excluded.first_position),
           last_position = greatest(a.last_position, excluded.last_position)
       where a.run is not null
     returning faults = $2 as raised`,
    [run, faults.length, least, most, first.what, held],
  );
  return rows[0]?.raised === true;
}

/** Notes from outside of the database that open alarms rest on. */
export async function alarmNotes(client: pg.PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ note: string }>(
    "select held_note as note from history_alarms where settled_at is null and held_note is not null order by id limit 20",
  );
  return rows.map(({ note }) => note);
}

/** Settles what was open before a verification began that has found nothing. */
export async function settleVerified(client: pg.PoolClient, run: bigint): Promise<void> {
  await client.query(
    `update history_alarms a set settled_at = clock_timestamp(), settled_by = 'verification R-' || r.id, settled_reason = 'it found no fault'
       from runs r where r.id = $1 and a.settled_at is null and a.found_at < r.created_at`,
    [run],
  );
}

/** Settles every open alarm by an operator's word; resolves with how many there were. */
export async function settleAlarms(client: pg.PoolClient, by: string, reason: string): Promise<number> {
  const { rowCount } = await client.query(
    `update history_alarms set settled_at = clock_timestamp(), settled_by = $1, settled_reason = $2 where settled_at is null`,
    [by, reason],
  );
  return rowCount ?? 0;
}
