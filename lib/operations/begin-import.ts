import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { beginImport, endImport, type ImportStanding, importRun } from "@/lib/import/import-run";
import { operation } from "@/lib/operations/operation";
import { type RunRow, readRun } from "@/lib/queries/list-runs";
import { leaveSilentFeeds } from "@/lib/runs/fed-run";

/** A short text for people, without control characters. */
const text = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not contain control characters");

/** An import as its sender goes on with it: what it sends next carries this epoch, and stands after these lines. */
export type ImportBegun = {
  readonly run: RunRow;
  readonly epoch: string;
  /** False when it was begun before and goes on. */
  readonly made: boolean;
  readonly standing: ImportStanding;
};

/**
 * Begins an import as a run, or goes on with the one of the same fingerprint that has not ended. Its run holds who asked for
 * it and why; what it stores is in the log itself.
 */
export const beginImportOperation = operation({
  name: "begin-import",
  role: "operator",
  input: z.strictObject({
    /** Tells one file from another: the same for the same beginning, imported in the same way. */
    fingerprint: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex"),
    name: text,
    unit: z.enum(["lines", "rows"]).default("lines"),
    /** Who sends it, for people: a host and a process. */
    sender: text.optional(),
    total: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    fresh: z.boolean().default(false),
  }),
  audited: false,
  target: ({ name }) => name,
  act: async ({ pool, principal }, { fingerprint, name, unit, sender, total, fresh, reason, ticket }) => {
    await leaveSilentFeeds(pool, [importRun.kind]);
    const run = {
      ...{ subject: name, claim: `import:${fingerprint}`, unit, input: {} },
      ...{ requestedBy: principal.id, reason, ticket },
    };
    return inTransaction(pool, (client) =>
      beginImport(client, run, { sender: sender ?? principal.id, total: total ?? null, fresh }),
    );
  },
  observe: async (context, _, { feed, made, standing }): Promise<ImportBegun> => ({
    ...{ run: await readRun(context, String(feed.id)), epoch: String(feed.epoch), made, standing },
  }),
});

/** Ends an import: finished, with its totals; or interrupted, to go on another time. */
export const endImportOperation = operation({
  name: "end-import",
  role: "operator",
  input: z.strictObject({
    id: z.string().regex(/^[1-9]\d{0,17}$/, "must be the number of a run"),
    epoch: z.string().regex(/^\d{1,18}$/, "must be the epoch that began it"),
    end: z.enum(["finished", "interrupted"]),
    /** All lines that were settled. */
    lines: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  }),
  audited: false,
  target: ({ id }) => `run ${id}`,
  act: ({ pool }, { id, epoch, end, lines }) =>
    inTransaction(pool, (client) => endImport(client, { id: BigInt(id), epoch: BigInt(epoch) }, end, lines)),
  observe: async (context, { id }) => ({ run: await readRun(context, id) }),
});
