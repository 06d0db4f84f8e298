import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { parseCheckpointText, parseNote } from "@/lib/kernel/checkpoint-note";
import { committed, operation } from "@/lib/operations/operation";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

/**
 * Begins a run that verifies every stream, every event against the Merkle log, and that against the checkpoint notes that the store
 * keeps and those that are given. One at a time.
 */
export const verifyLog = operation({
  name: "verify-log",
  role: "operator",
  input: z.strictObject({
    perSecond: z.number().positive().max(10_000_000).optional(),
    notes: z.array(z.string().max(65_536)).max(20).optional(),
  }),
  audited: true,
  target: () => "log",
  act: ({ pool, principal, runKinds }, { perSecond, notes = [], reason, ticket }, audit) => {
    // What is no note is refused now, and not by a run in an hour.
    for (const note of notes) parseCheckpointText(parseNote(note).text);
    return inTransaction(pool, async (client) => {
      const id = await createRun(client, runKind(runKinds, "verify-log"), {
        ...{ claim: "verify-log", input: { notes }, throttle: perSecond ?? null },
        ...{ requestedBy: principal.id, reason, ticket },
      });
      const against = notes.length === 0 ? "" : ` against ${notes.length} checkpoint notes that were held`;
      const summary = `Began to verify the log${against} (run ${id})`;
      await audit(client, { type: "LogVerificationBegun", summary, facts: { run: String(id) } });
      return String(id);
    });
  },
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});
