import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type pg from "pg";
import type { Consumer } from "@/lib/subscriptions/consumer";

/** What a worker can run, as a digest that is the same in every worker of the same code. */
export function codeOf(consumers: readonly Pick<Consumer, "name" | "version">[]): string {
  const names = consumers.map(({ name, version }) => `${name}@${version}`).sort();
  return createHash("sha1").update(names.join(",")).digest("hex").slice(0, 16);
}

/** Tells the others that this worker is alive, and with which code of which build; the first call makes its row. */
export async function beat(pool: pg.Pool, worker: string, code: string, build: string): Promise<void> {
  await pool.query({
    name: "worker_beat",
    text: `insert into workers (id, host, pid, code, build) values ($1, $2, $3, $4, $5)
           on conflict (id) do update set seen_at = clock_timestamp(), stopped_at = null`,
    values: [worker, hostname(), process.pid, code, build],
  });
}

/** Says good-bye, so that the others take over without waiting for the heart-beat to be missed. */
export async function bowOut(pool: pg.Pool, worker: string): Promise<void> {
  await pool.query("update workers set stopped_at = clock_timestamp() where id = $1", [worker]);
}
