import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { noKeyStore } from "@/lib/keys/rotate-keys";
import { committed, operation } from "@/lib/operations/operation";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

/** Begins a run that wraps every key of the key store under the newest key-encryption key. One at a time. */
export const rotateKeys = operation({
  name: "rotate-keys",
  role: "admin",
  input: z.strictObject({ perSecond: z.number().positive().max(10_000_000).optional() }),
  audited: true,
  target: () => "keys",
  act: async ({ pool, principal, runKinds, keys }, { perSecond, reason, ticket }, audit) => {
    if (!keys) throw noKeyStore();
    // A key store that does not answer, or lacks a key-encryption key, is told now, and not by a run.
    const { keks } = await keys.status();
    const [newest] = keks.filter((kek) => kek.newest);
    return inTransaction(pool, async (client) => {
      const id = await createRun(client, runKind(runKinds, "rotate-keys"), {
        ...{ claim: "rotate-keys", subject: newest?.id ?? null, input: {}, throttle: perSecond ?? null },
        ...{ requestedBy: principal.id, reason, ticket },
      });
      const summary = `Began to wrap all keys under the key-encryption key ${newest?.id} (run ${id})`;
      await audit(client, { type: "KeyRotationBegun", summary, facts: { run: String(id), kek: newest?.id ?? null } });
      return String(id);
    });
  },
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});
