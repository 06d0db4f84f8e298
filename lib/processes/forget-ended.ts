import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { pollLoop } from "@/lib/db/poll-loop";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import type { Logger } from "@/lib/telemetry/logger";

/** Who forgets ended instances, and after how long; `keepDays` 0 keeps them for good. */
export type Forgetting = {
  readonly pool: pg.Pool;
  readonly owner: string;
  readonly keepDays: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
};

const EVERY_MS = 60_000;
/** The oldest ended instances that one step looks at, and removes at most. */
const STEP = 200;

/** Removes instances that have been over for `keepDays`, with all that is kept of them, while this worker has the duty. */
export async function forgetEnded({ pool, owner, keepDays, signal, log }: Forgetting): Promise<void> {
  if (keepDays === 0) return;
  await pollLoop({
    signal,
    idleMs: EVERY_MS,
    busyMs: 100,
    errorMs: 5_000,
    maxErrorMs: EVERY_MS,
    onError: (error) => log.warn({ err: error }, "ended instances are forgotten later"),
    work: async () => {
      if (!(await holdDuty(pool, "process-retention", owner, 2 * EVERY_MS))) return false;
      const names = await pool.query<{ name: string }>("select name from processes order by name");
      let full = false;
      for (const { name } of names.rows) full = (await forgetStep(pool, name, keepDays)) === STEP || full;
      return full;
    },
  });
}

/**
 * One step, one transaction: the oldest instances of a process that have been over for so long are removed, and `live_from`
 * is raised to the last event that any of them has seen. From then on none of their events begins anything, however often it
 * is delivered; and no event that the process has yet to hear of stands at or below that mark. Instances that the process
 * cannot be made deaf to yet are left for later. Resolves with how many were removed.
 */
export async function forgetStep(pool: pg.Pool, process: string, keepDays: number): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ instance: string; last: bigint }>({
      name: "forgettable_instances",
      // Heard of is what every partition is past and no dead letter holds back.
      text: `with heard as (
               select least((select min(checkpoint) from consumer_partitions where consumer = $1),
                            (select min(position) - 1 from dead_letters where consumer = $1 and closed_at is null)) as until),
             over as (
               select i.instance, i.started_position from process_instances i
                where i.process = $1 and i.status in ('ended', 'cancelled') and i.due_at is null
                  and i.updated_at < clock_timestamp() - $2 * interval '1 day'
                order by i.updated_at limit $3 for no key update skip locked)
             select o.instance, greatest(o.started_position, n.last) as last
               from over o
              cross join lateral (select max(n.position) as last from process_inputs n
                                   where n.process = $1 and n.instance = o.instance) n
              cross join heard
              where greatest(o.started_position, n.last) <= heard.until`,
      values: [process, keepDays, STEP],
    });
    if (rows.length === 0) return 0;
    await client.query(
      "update processes set live_from = greatest(live_from, (select max(l) from unnest($2::bigint[]) l)) where name = $1",
      [process, rows.map(({ last }) => last)],
    );
    await client.query("delete from process_instances where process = $1 and instance = any ($2)", [
      process,
      rows.map(({ instance }) => instance),
    ]);
    return rows.length;
  });
}
