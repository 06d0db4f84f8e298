import type pg from "pg";

/** Lines that are kept of each run. */
export const LOG_LINES = 1_000;

/** Characters of a line that are kept. */
const LINE_LENGTH = 2_000;

/**
 * Adds lines that a log has once, those that it has not. They are fenced by `epoch`: written by nobody who lost the run.
 */
export async function writeOnce(
  client: pg.Pool | pg.PoolClient,
  run: bigint,
  epoch: bigint,
  lines: readonly string[],
): Promise<void> {
  for (const line of lines) {
    const { rows } = await client.query("select from run_log where run = $1 and message = $2 limit 1", [run, line]);
    if (rows.length === 0) await writeLine(client, run, "info", line, epoch);
  }
}

/**
 * Adds a line to a run's log and drops those beyond the newest 1,000. With an `epoch` only while that is the run's;
 * returns whether it was written.
 */
export async function writeLine(
  client: pg.Pool | pg.PoolClient,
  run: bigint,
  level: "info" | "warn" | "error",
  message: string,
  epoch?: bigint,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `with numbered as (
       update runs set log_lines = log_lines + 1 where id = $1 and ($4::bigint is null or epoch = $4) returning log_lines
     ), dropped as (
       delete from run_log using numbered where run = $1 and line <= numbered.log_lines - $5
     )
     insert into run_log (run, line, level, message) select $1, log_lines, $2, $3 from numbered`,
    [run, level, message.slice(0, LINE_LENGTH).replace(/[\0\p{Cs}]/gu, "\u{fffd}"), epoch ?? null, LOG_LINES],
  );
  return rowCount === 1;
}
