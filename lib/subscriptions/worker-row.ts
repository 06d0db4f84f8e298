import { hostname } from "node:os";
import type pg from "pg";

/** Tells the others that this worker is alive; the first call makes its row. */
export async function beat(pool: pg.Pool, worker: string): Promise<void> {
  await pool.query({
    name: "worker_beat",
    text: `insert into workers (id, host, pid) values ($1, $2, $3)
           on conflict (id) do update set seen_at = clock_timestamp(), stopped_at = null`,
    values: [worker, hostname(), process.pid],
  });
}

/** Says good-bye, so that the others take over without waiting for the heart-beat to be missed. */
export async function bowOut(pool: pg.Pool, worker: string): Promise<void> {
  await pool.query("update workers set stopped_at = clock_timestamp() where id = $1", [worker]);
}
