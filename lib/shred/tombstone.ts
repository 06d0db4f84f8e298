import { tombstone, tombstoneStream } from "@/lib/kernel/tombstone";
import { readMark } from "@/lib/shred/preview-run";
import type { Approved, ShredContext, ShredRunParts } from "@/lib/shred/shred-context";

const LOOK_MS = 50;

/**
 * Appends the event that says in the log itself that somebody was forgotten, once, and waits until the high-water mark has passed
 * it: from then on whatever was appended before it can be seen.
 */
export async function appendTombstone(
  { pool, store }: ShredRunParts,
  request: Approved,
  context: ShredContext,
): Promise<void> {
  const { id, preview, approvedBy, tenant } = request;
  if (request.tombstone === null) {
    const data = JSON.stringify({ request: id, keys: preview.keys.map((key) => key.id), events: preview.events });
    const events = [{ type: tombstone.type, schemaVersion: 1, data }];
    await context.step(async (client) => {
      const [written] = await store.appendIn(client, {
        writes: [{ stream: tombstoneStream(id), expectedVersion: "none", events }],
        ...{ actor: approvedBy, tenant },
      });
      await client.query("update shred_requests set tombstone = $2 where id = $1", [id, written?.firstPosition]);
      return context.checkpoint ?? { before: null, cleansed: null };
    });
  }
  const { rows } = await pool.query<{ tombstone: bigint }>("select tombstone from shred_requests where id = $1", [id]);
  while ((await readMark(pool)) < (rows[0]?.tombstone ?? 0n)) await context.wait(LOOK_MS);
}
