import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { TidemarkError } from "@/lib/kernel/errors";
import type { ShredPlace } from "@/lib/kernel/shred-certificate";
import { cancelRun } from "@/lib/runs/steer-run";
import type { ExportedFile, ShredContext, ShredRunParts } from "@/lib/shred/shred-context";

/** A file of what is held about a person, kept or being written. */
type PersonExport = ExportedFile & {
  readonly file: string;
  /** Of its run; `ending` when it is cancelled, or is to be. */
  readonly state: string;
  readonly ending: boolean;
  readonly whole: boolean;
};

/** Whoever keeps files looks every minute; after so many looks of `LOOK_MS` a file that stands on another machine is named instead. */
const LOOKS_MAX = 360;
const LOOK_MS = 250;

/** The files about a person that are not removed. */
export async function exportsOf(client: pg.Pool | pg.PoolClient, subject: string): Promise<readonly PersonExport[]> {
  const { rows } = await client.query<PersonExport>(
    `select x.run, x.file, x.folder, r.state, r.wanted = 'cancel' or r.state = 'cancelling' as ending, x.finished_at is not null as whole from exports x join runs r on r.id = x.run
      where x.subject = $1 and x.removed_at is null order by x.run`,
    [subject],
  );
  return rows;
}

/**
 * Removes every file about a person, and ends what still writes one. Files on another machine are removed by whoever keeps files
 * there, for whom a while is waited. Safe to do again.
 */
export async function removeExports(parts: ShredRunParts, subject: string, context: ShredContext): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const left = await exportsOf(parts.pool, subject);
    if (left.length === 0) return;
    for (const found of left) await removeOne(parts, found, context);
    await context.wait(LOOK_MS);
  }
}

async function removeOne(parts: ShredRunParts, found: PersonExport, context: ShredContext) {
  const { run, state, ending, whole } = found;
  if (whole && (await parts.removeFile(found))) return setRemoved(parts.pool, run);
  // Due now, for whoever keeps files where it is.
  if (whole) return setDue(parts.pool, run);
  // It had not begun: then nothing was written.
  if (state === "cancelled") return setRemoved(parts.pool, run);
  if (ending) return;
  await inTransaction(parts.pool, (client) => cancelRun(client, [parts.exportPerson], run, `run ${context.id}`)).catch(
    (error: unknown) => {
      // It has ended in the meantime; the next look sees how.
      if (!(error instanceof TidemarkError && error.code === "conflict")) throw error;
    },
  );
}

async function setRemoved(pool: pg.Pool, run: bigint): Promise<void> {
  await inTransaction(pool, (client) =>
    client.query("update exports set removed_at = clock_timestamp() where run = $1 and removed_at is null", [run]),
  );
}

async function setDue(pool: pg.Pool, run: bigint): Promise<void> {
  await inTransaction(pool, (client) =>
    client.query(
      "update exports set expires_at = clock_timestamp() where run = $1 and expires_at > clock_timestamp()",
      [run],
    ),
  );
}

/** What a certificate says of these files. */
export async function exportPlaces(pool: pg.Pool, subject: string): Promise<readonly ShredPlace[]> {
  const { rows } = await pool.query<{ removed: number }>(
    "select count(*)::int as removed from exports where subject = $1 and removed_at is not null and finished_at is not null",
    [subject],
  );
  const left = (await exportsOf(pool, subject)).map(
    ({ file }): ShredPlace => ({
      place: `exported file ${file}`,
      checked: "it is due, and the machine that has it did not say that it is gone",
      left: null,
    }),
  );
  const removed = rows[0]?.removed ?? 0;
  if (removed === 0 && left.length === 0) return [];
  return [{ place: "exported files about the person", checked: `${removed} removed`, left: 0 }, ...left];
}
