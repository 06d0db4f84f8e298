import type pg from "pg";
import { pollLoop } from "@/lib/db/poll-loop";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import { rollUpLag } from "@/lib/subscriptions/roll-up-lag";
import type { Duty } from "@/lib/subscriptions/sample-lag";

const EVERY_MS = 60_000;
const ROWS_AT_ONCE = 5_000;

/** What is thrown away, and after how long. Batch records are what waiting and working times are read from. */
const PRUNED = [
  ["consumer_batches", "committed_at < clock_timestamp() - interval '7 days'"],
  ["lag_samples", "at < clock_timestamp() - interval '24 hours'"],
  ["lag_history", "seconds = 60 and at < clock_timestamp() - interval '3 days'"],
  ["lag_history", "seconds = 3600 and at < clock_timestamp() - interval '32 days'"],
  ["dead_letters", "closed_at < clock_timestamp() - interval '90 days'"],
  [
    "dead_letter_groups",
    `touched_at < clock_timestamp() - interval '90 days'
      and not exists (select from dead_letters d where d.fingerprint = dead_letter_groups.fingerprint and d.closed_at is null)`,
  ],
  ["slo_time", "width_s = 60 and at < clock_timestamp() - interval '2 days'"],
  ["slo_time", "width_s = 3600 and at < clock_timestamp() - interval '40 days'"],
  ["append_counts", "minute < clock_timestamp() - interval '1 day'"],
  ["alerts", "resolved_at < clock_timestamp() - interval '90 days'"],
  ["alert_deliveries", "alert is null and ended_at < clock_timestamp() - interval '7 days'"],
  ["snapshot_faults", "found_at < clock_timestamp() - interval '30 days'"],
  ["workers", "seen_at < clock_timestamp() - interval '1 day'"],
  ["spans", "started_at < clock_timestamp() - interval '3 days'"],
  ["command_log", "handled_at < clock_timestamp() - interval '7 days'"],
  ["command_log", "seq <= (select max(seq) - 200000 from command_log)"],
  ["process_metrics", "seen_at < clock_timestamp() - interval '10 minutes'"],
] as const;

/**
 * Sums up old bookkeeping and throws it away while this worker has the duty, a bounded number of rows at a time; never
 * events. Of spans the newest `keptSpans` are kept, give or take what a round brings.
 */
export async function keepHouse(duty: Duty & { readonly keptSpans?: number | undefined }): Promise<void> {
  await pollLoop({
    signal: duty.signal,
    idleMs: EVERY_MS,
    busyMs: 100,
    errorMs: 5_000,
    maxErrorMs: EVERY_MS,
    onError: duty.onError,
    work: async () => {
      if (!(await holdDuty(duty.pool, "housekeeping", duty.owner, 2 * EVERY_MS))) return false;
      await rollUpLag(duty.pool);
      const { keptSpans } = duty;
      const beyond = `id <= (select max(id) - ${keptSpans} from spans)`;
      return await prune(duty.pool, keptSpans === undefined ? PRUNED : [...PRUNED, ["spans", beyond]]);
    },
  });
}

/** One round; resolves with whether there may be more to throw away. */
async function prune(pool: pg.Pool, pruned: readonly (readonly [table: string, old: string])[]): Promise<boolean> {
  let full = false;
  for (const [table, old] of pruned) {
    const { rowCount } = await pool.query(
      `delete from ${table} where ctid = any (array(select ctid from ${table} where ${old} limit ${ROWS_AT_ONCE}))`,
    );
    full ||= (rowCount ?? 0) >= ROWS_AT_ONCE;
  }
  return full;
}
