import type pg from "pg";

/** One of a person's keys in turn, as it stands; never the key itself. */
export type PersonKey = {
  readonly id: string;
  readonly tenant: string | null;
  readonly epoch: number;
  readonly state: "live" | "destroyed";
  readonly createdAt: string;
  readonly destroyedAt: string | null;
};

/** All keys that a digest has had, the first one first. */
export async function readPersonKeys(pool: pg.Pool, subject: string): Promise<readonly PersonKey[]> {
  const { rows } = await pool.query<PersonKey>(
    `select id, tenant, epoch, state, created_at as "createdAt", destroyed_at as "destroyedAt"
       from subject_keys where subject = decode($1, 'hex') order by epoch`,
    [subject],
  );
  return rows;
}

/**
 * Destroys every live key of a digest up to an epoch; its row stays as a tombstone. Every process is told at the commit and
 * forgets them. Safe to do again: what was destroyed before keeps its time. Returns all keys up to that epoch.
 */
export async function destroyKeys(pool: pg.Pool, subject: string, upTo: number): Promise<readonly PersonKey[]> {
  await pool.query(
    `update subject_keys set state = 'destroyed', wrapped = null, kek = null, destroyed_at = clock_timestamp()
      where subject = decode($1, 'hex') and epoch <= $2 and state = 'live'`,
    [subject, upTo],
  );
  return (await readPersonKeys(pool, subject)).filter(({ epoch }) => epoch <= upTo);
}
