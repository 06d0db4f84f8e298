import type pg from "pg";

/**
 * Takes or keeps a duty that one process at a time has, for `forMs` by the database's clock; resolves with whether it is
 * ours. Two holders for a moment must do no harm: what a duty does is safe to do twice.
 */
export async function holdDuty(pool: pg.Pool, duty: string, owner: string, forMs: number): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: "hold_duty",
    text: `insert into duties as d (name, owner, epoch, lease_expires_at)
             values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
           on conflict (name) do update
             set owner = $2, lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond',
                 epoch = d.epoch + case when d.owner = $2 then 0 else 1 end
           where d.owner is null or d.owner = $2 or d.lease_expires_at is null or d.lease_expires_at <= clock_timestamp()`,
    values: [duty, owner, forMs],
  });
  return rowCount === 1;
}

/** Gives every duty of this owner back. */
export async function leaveDuties(pool: pg.Pool, owner: string): Promise<void> {
  await pool.query("update duties set owner = null, lease_expires_at = clock_timestamp() where owner = $1", [owner]);
}
