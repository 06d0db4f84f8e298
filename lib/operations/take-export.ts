import { z } from "zod";
import { hasRole } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { committed, operation } from "@/lib/operations/operation";
import { type ExportRow, readExport } from "@/lib/queries/list-exports";

/** Hands out the file of a finished export: says which it is, and has it audited that it was taken. */
export const takeExport = operation({
  name: "take-export",
  role: "viewer",
  input: z.strictObject({ run: z.string() }),
  audited: true,
  target: ({ run }) => `export ${run}`,
  act: async (context, { run }, audit) => {
    const found = await readExport(context, run);
    checkReady(found);
    if (!found.masked && !hasRole(context.principal, "privacy-officer")) {
      const message = `Export ${run} holds personal fields; they are for the role privacy-officer, which ${context.principal.id} does not have.`;
      throw new TidemarkError("forbidden", message, { needed: "privacy-officer" });
    }
    await inTransaction(context.pool, (client) =>
      audit(client, {
        type: "ExportTaken",
        summary: `Took ${found.file} with ${found.events} events`,
        facts: { run, file: found.file, bytes: found.bytes, sha256: found.sha256, masked: found.masked },
      }),
    );
    return found;
  },
  observe: async (_, __, found) => committed("the file was there before, and what follows is reading it", found),
});

function checkReady({ run, state, sha256, removedAt }: ExportRow): void {
  if (removedAt !== null) throw new NotFound("file of export", `${run}: it was removed at ${removedAt}. Export again.`);
  if (sha256 === null) {
    const message = `Export ${run} is ${state}; its file is not whole. Wait for the run to succeed.`;
    throw new TidemarkError("conflict", message, { run, state });
  }
}
