import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { checkStreamName } from "@/lib/kernel/stream-name";
import { checkStreamKnown } from "@/lib/operations/known-stream";
import { committed, operation } from "@/lib/operations/operation";

/** Drops all snapshots of a stream, those of other code included. Nothing is lost: states are folded until some are taken. Throws `NotFound`. */
export const dropSnapshots = operation({
  name: "drop-snapshots",
  role: "operator",
  input: z.strictObject({ stream: z.string().min(1).max(512) }),
  audited: true,
  target: ({ stream }) => stream,
  act: ({ pool }, { stream }, audit) => {
    checkStreamName(stream);
    return inTransaction(pool, async (client) => {
      await checkStreamKnown(client, stream);
      const { rowCount } = await client.query("delete from snapshots where stream = $1", [stream]);
      const dropped = rowCount ?? 0;
      await audit(client, {
        type: "SnapshotsDropped",
        summary: `Dropped ${dropped === 1 ? "one snapshot" : `${dropped} snapshots`} of ${stream}`,
        facts: { stream, dropped },
      });
      return { stream, dropped };
    });
  },
  observe: async (_, __, result) => committed("the rows are gone with it", result),
});
