import type pg from "pg";

/** Where thinning stands: the size to look from, the last that is never looked at again, and whether there is more to look at now. */
export type Thinning = { readonly from: number; readonly settled: number; readonly more: boolean };

/** Before the first look. */
export const notThinned: Thinning = { from: 0, settled: 0, more: false };

/** Notes that one look takes in at most. */
const LOOKED_AT = 5_000;

/**
 * Lets notes go that are of no use beside later ones: all of the last hour stay, of a day one a minute, of before one an hour,
 * and the first of each key; the database refuses anything else. Looks at a bounded number from where the last look ended.
 */
export async function thinNotes(pool: pg.Pool, before: Thinning, lookedAt = LOOKED_AT): Promise<Thinning> {
  const { rows } = await pool.query<{ looked: number; next: bigint | null; settled: bigint | null }>({
    name: "thin_notes",
    text: `with looked as (
             select size, signed_at, key, lead(signed_at) over by_size as later,
                    coalesce(lag(key) over by_size,
                             (select b.key from checkpoint_notes b where b.size < n.size order by b.size desc limit 1)) as before,
                    case when signed_at < clock_timestamp() - interval '1 day' then 'hour' else 'minute' end as width
               from (select size, signed_at, key from checkpoint_notes where size >= $1 order by size limit $2) n
             window by_size as (order by size)),
           gone as (
             delete from checkpoint_notes c using looked l
              where c.size = l.size and l.signed_at < clock_timestamp() - interval '1 hour' and l.before = l.key
                and date_trunc(l.width, l.later, 'UTC') = date_trunc(l.width, l.signed_at, 'UTC'))
           select count(*)::int as looked, max(size) as next,
                  max(size) filter (where signed_at < clock_timestamp() - interval '25 hours') as settled
             from looked`,
    values: [before.from, lookedAt],
  });
  const { looked = 0, next = null } = rows[0] ?? {};
  const settled = Math.max(before.settled, Number(rows[0]?.settled ?? 0));
  // The last one's fate hangs on the one after it, so the next look begins with it.
  if (looked === lookedAt && next !== null) return { from: Number(next), settled, more: true };
  return { from: settled, settled, more: false };
}
