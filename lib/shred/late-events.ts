import type pg from "pg";
import { findSealed } from "@/lib/shred/find-sealed";
import { readMark } from "@/lib/shred/preview-run";
import type { Approved } from "@/lib/shred/shred-context";

/** Events of a person that were appended after they were counted for the approval, up to now, and their types. */
export type LateEvents = { readonly count: number; readonly types: readonly string[] };

/**
 * Finds them: what came between the last look and the destroyed key, and what was sealed with a key in hand meanwhile. Call it
 * behind the tombstone, when nothing before it is under way any more.
 */
export async function findLate(pool: pg.Pool, { preview }: Approved): Promise<LateEvents> {
  const upTo = await readMark(pool);
  const ids = preview.keys.map(({ id }) => id);
  const types = new Set<string>();
  let count = 0;
  for (let after = BigInt(preview.upTo); after < upTo; ) {
    const found = await findSealed(pool, ids, { after, upTo });
    count += found.events.length;
    for (const { type } of found.events) types.add(type);
    after = found.looked;
  }
  return { count, types: [...types] };
}
