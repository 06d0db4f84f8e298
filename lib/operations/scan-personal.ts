import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { committed, operation } from "@/lib/operations/operation";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

/** Begins a run that looks through all that is stored for what seems personal and stands in plain text. One at a time. */
export const scanPersonal = operation({
  name: "scan-personal",
  role: "privacy-officer",
  input: z.strictObject({ perSecond: z.number().positive().max(10_000_000).optional() }),
  audited: true,
  target: () => "payloads",
  act: ({ pool, principal, runKinds }, { perSecond, reason, ticket }, audit) =>
    inTransaction(pool, async (client) => {
      const id = await createRun(client, runKind(runKinds, "scan-personal"), {
        ...{ claim: "scan-personal", input: {}, throttle: perSecond ?? null },
        ...{ requestedBy: principal.id, reason, ticket },
      });
      const summary = `Began to look for personal data in plain text (run ${id})`;
      await audit(client, { type: "PersonalScanBegun", summary, facts: { run: String(id) } });
      return String(id);
    }),
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});
