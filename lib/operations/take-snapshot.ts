import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { checkStreamKnown } from "@/lib/operations/known-stream";
import { committed, operation } from "@/lib/operations/operation";

/** Puts a stream's state aside now, at its last version and wherever the policy wants one. Throws `InvalidRequest` and `NotFound`. */
export const takeSnapshot = operation({
  name: "take-snapshot",
  role: "operator",
  input: z.strictObject({ stream: z.string().min(1).max(512) }),
  audited: true,
  target: ({ stream }) => stream,
  act: ({ pool, snapshots }, { stream }, audit) =>
    inTransaction(pool, async (client) => {
      const taken = await snapshots.take(stream, { head: true, within: client });
      await checkStreamKnown(client, stream);
      const { versions, stopped, head } = taken;
      await audit(client, {
        type: "SnapshotTaken",
        summary: `Took ${versions.length === 1 ? "a snapshot" : `${versions.length} snapshots`} of ${stream} at version ${head}`,
        facts: { stream, head, versions: versions.slice(-20), stopped },
      });
      return taken;
    }),
  observe: async (_, __, taken) => committed("the snapshot is a row", taken),
});
