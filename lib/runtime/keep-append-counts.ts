import type pg from "pg";
import { tallies } from "@/lib/telemetry/tallies";

const WRITE_EVERY_MS = 5_000;

/**
 * Writes down every 5 s what became of this process's appends since the last time, for the rule that looks for conflicts; what
 * is counted is what the metrics count. Counts are no facts: those of the last seconds before a crash are lost, and a failure to
 * write them is made up for by the next time. Returns how to stop, which writes what is left.
 */
export function keepAppendCounts(pool: pg.Pool, writer: string): () => Promise<void> {
  const count = () => {
    const { stored, replayed, conflict } = tallies.appends;
    return { appends: stored + replayed, conflicts: conflict };
  };
  let written = count();
  const write = async () => {
    const now = count();
    const [appends, conflicts] = [now.appends - written.appends, now.conflicts - written.conflicts];
    if (appends + conflicts === 0) return;
    try {
      await pool.query(
        `insert into append_counts as c (minute, writer, appends, conflicts, stream)
           values (date_trunc('minute', clock_timestamp()), $1, $2, $3, $4)
         on conflict (minute, writer) do update set appends = c.appends + $2, conflicts = c.conflicts + $3,
           stream = coalesce($4, c.stream)`,
        [writer, appends, conflicts, conflicts > 0 ? tallies.conflictIn : null],
      );
      written = now;
    } catch {
      // With the next.
    }
  };
  const timer = setInterval(write, WRITE_EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await write();
  };
}
