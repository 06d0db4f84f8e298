import type pg from "pg";
import { pollLoop } from "@/lib/db/poll-loop";
import { removeExport, runsWithFiles } from "@/lib/export/export-file";
import { folderName } from "@/lib/export/export-folder";
import type { Logger } from "@/lib/telemetry/logger";

const LOOK_MS = 60_000;

/**
 * Removes the files of this folder that have been kept long enough, or whose run has ended without one; says the same of those that
 * should be here and are gone. Resolves when
 * `signal` is aborted; never throws.
 */
export function keepExports(
  pool: pg.Pool,
  folder: string,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Logger },
): Promise<void> {
  return pollLoop({
    signal,
    idleMs: LOOK_MS,
    errorMs: 1_000,
    maxErrorMs: LOOK_MS,
    onError: (error) => log.warn({ err: error }, "looking after exports; trying again"),
    work: async () => {
      for (const run of await removeExpired(pool, folder)) log.info({ run: String(run) }, "file of an export removed");
      return false;
    },
  });
}

/** Removes what is due now and returns the runs. A file goes first, so that none is left that nobody knows of. */
export async function removeExpired(pool: pg.Pool, folder: string): Promise<readonly bigint[]> {
  const runs = await runsWithFiles(folder);
  const name = await folderName(folder);
  if (runs.length === 0 && name === undefined) return [];
  // A failed run may be resumed, and then goes on in its file.
  const { rows } = await pool.query<{ run: bigint }>(
    `select f.run from unnest($1::bigint[]) as f(run)
       left join exports x on x.run = f.run left join runs r on r.id = f.run
      where x.run is null or x.removed_at is not null or x.expires_at <= clock_timestamp()
         or (x.finished_at is null and r.ended_at < clock_timestamp() - interval '7 days')`,
    [runs],
  );
  const due = rows.map(({ run }) => run);
  for (const run of due) await removeExport(folder, run);
  await pool.query(
    `update exports set removed_at = clock_timestamp() where removed_at is null
        and (run = any($1::bigint[]) or folder = $2 and expires_at <= clock_timestamp() and not run = any($3::bigint[]))`,
    [due, name ?? null, runs],
  );
  return due;
}
