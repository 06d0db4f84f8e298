import path from "node:path";
import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { type ExportFile, removeExport, sealExport } from "@/lib/export/export-file";
import { nameFolder } from "@/lib/export/export-folder";
import { failpoint } from "@/lib/kernel/failpoint";
import type { RunContext } from "@/lib/runs/run";

/** How long a finished file is kept, in days. */
const KEEP_DAYS = 7;

/** What stands in a file once all is written. */
type Made = { readonly events: number; readonly bytes: number };

/** Gives the file its own name and says so, in one step with the run's checkpoint; from then on it is kept for a week. */
export async function finishExport<Checkpoint extends Made>(
  context: RunContext<unknown, Checkpoint>,
  file: ExportFile,
  made: Checkpoint,
): Promise<Made & { readonly file: string; readonly sha256: string }> {
  const { events, bytes } = made;
  context.progress({ phase: "seal", unit: "bytes", total: bytes, detail: file.name });
  const { sha256 } = await sealExport(file, bytes, context.signal, (done) => context.progress({ done }));
  failpoint("export.after-name");
  const folder = await nameFolder(path.dirname(file.path));
  await context.step(async (client) => {
    await client.query(
      `update exports set events = $2, bytes = $3, sha256 = $4, finished_at = clock_timestamp(),
              expires_at = clock_timestamp() + $5 * interval '1 day', folder = $6 where run = $1`,
      [context.id, events, bytes, sha256, KEEP_DAYS, folder],
    );
    return made;
  });
  await context.log(`${events} events in ${file.name}, ${bytes} bytes`);
  return { file: file.name, events, bytes, sha256 };
}

/** Takes back what a cancelled run has written so far. */
export async function undoExport(pool: pg.Pool, folder: string, run: bigint): Promise<void> {
  await removeExport(folder, run);
  await inTransaction(pool, (client) =>
    client.query("update exports set removed_at = clock_timestamp() where run = $1 and removed_at is null", [run]),
  );
}
