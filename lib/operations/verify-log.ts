import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { committed, operation } from "@/lib/operations/operation";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

/** Begins a run that looks at every stream of the log for gaps and disorder. One at a time. */
export const verifyLog = operation({
  name: "verify-log",
  role: "operator",
  input: z.strictObject({ perSecond: z.number().positive().max(10_000_000).optional() }),
  audited: true,
  target: () => "log",
  act: ({ pool, principal, runKinds }, { perSecond, reason, ticket }, audit) =>
    inTransaction(pool, async (client) => {
      const id = await createRun(client, runKind(runKinds, "verify-log"), {
        ...{ claim: "verify-log", input: {}, throttle: perSecond ?? null },
        ...{ requestedBy: principal.id, reason, ticket },
      });
      const summary = `Began to verify the log (run ${id})`;
      await audit(client, { type: "LogVerificationBegun", summary, facts: { run: String(id) } });
      return String(id);
    }),
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});
