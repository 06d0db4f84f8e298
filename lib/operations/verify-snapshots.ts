import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { InvalidRequest } from "@/lib/kernel/errors";
import { checkStreamKnown } from "@/lib/operations/known-stream";
import { committed, operation } from "@/lib/operations/operation";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

/** Folds one stream from its first event and holds its snapshots against it; wrong ones are taken away and noted. Throws `NotFound`. */
export const verifyStreamSnapshots = operation({
  name: "verify-snapshots",
  role: "operator",
  input: z.strictObject({ stream: z.string().min(1).max(512) }),
  audited: true,
  target: ({ stream }) => stream,
  act: ({ pool, snapshots, signal }, { stream }, audit) =>
    inTransaction(pool, async (client) => {
      const verified = await snapshots.verify(stream, { within: client, ...(signal ? { signal } : {}) });
      await checkStreamKnown(client, stream);
      const { same, wrong } = verified;
      await audit(client, {
        type: "SnapshotsVerified",
        summary: `Verified the snapshots of ${stream}: ${same.length} right, ${wrong.length} wrong`,
        facts: { stream, same: same.length, wrong: wrong.map(({ version, fault }) => ({ version, fault })) },
      });
      return verified;
    }),
  observe: async (_, __, verified) => committed("wrong snapshots are taken away with it", verified),
});

/** Begins a run that verifies every snapshot of a category; one at a time for each. */
export const verifyCategorySnapshots = operation({
  name: "verify-category-snapshots",
  role: "operator",
  input: z.strictObject({
    category: z.string().min(1).max(512),
    perSecond: z.number().positive().max(10_000_000).optional(),
  }),
  audited: true,
  target: ({ category }) => category,
  act: ({ pool, principal, runKinds, snapshots }, { category, perSecond, reason, ticket }, audit) => {
    if (!snapshots.plan(category)) {
      const message = `has no snapshots: the decider of ${category} declares no policy`;
      throw new InvalidRequest(`The category ${message}.`, [{ path: "category", message }]);
    }
    return inTransaction(pool, async (client) => {
      const id = await createRun(client, runKind(runKinds, "verify-snapshots"), {
        ...{ claim: `verify-snapshots:${category}`, subject: category, input: { category } },
        ...{ throttle: perSecond ?? null, requestedBy: principal.id, reason, ticket },
      });
      const summary = `Began to verify all snapshots of ${category} (run ${id})`;
      await audit(client, { type: "SnapshotVerificationBegun", summary, facts: { category, run: String(id) } });
      return String(id);
    });
  },
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});
