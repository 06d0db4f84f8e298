import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { committed, operation } from "@/lib/operations/operation";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

/** Begins a run that holds checkpoints, snapshots and read models against the log. One at a time. */
export const verifyDerived = operation({
  name: "verify-derived",
  role: "operator",
  input: z.strictObject({ perSecond: z.number().positive().max(10_000_000).optional() }),
  audited: true,
  target: () => "derived",
  act: ({ pool, principal, runKinds }, { perSecond, reason, ticket }, audit) =>
    inTransaction(pool, async (client) => {
      const id = await createRun(client, runKind(runKinds, "verify-derived"), {
        ...{ claim: "verify-derived", input: {}, throttle: perSecond ?? null },
        ...{ requestedBy: principal.id, reason, ticket },
      });
      const summary = `Began to verify what is derived from the log (run ${id})`;
      await audit(client, { type: "DerivedVerificationBegun", summary, facts: { run: String(id) } });
      return String(id);
    }),
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});
