import type { QueryContext } from "@/lib/queries/query-context";

/** When the open letters of a group came: counts of equal steps of time from `since` until now, oldest first. */
export type Arrivals = {
  readonly since: string;
  readonly steps: readonly number[];
  /** Letters counted: the newest, up to a bound. */
  readonly letters: number;
};

const STEPS = 24;
/** The newest letters of each group that are counted. */
const LETTERS_MAX = 500;

/** The arrivals of some groups by fingerprint, by the index of open letters: at most 500 rows a group are read. */
export async function letterArrivals(
  { reads }: QueryContext,
  fingerprints: readonly string[],
): Promise<ReadonlyMap<string, Arrivals>> {
  if (fingerprints.length === 0) return new Map();
  const rows = await reads.query<{ fingerprint: string; since: string; step: number; letters: number }>(
    `with letters as (
       select g.fingerprint, d.first_at, min(d.first_at) over (partition by g.fingerprint) as since
         from unnest($1::text[]) as g(fingerprint)
        cross join lateral (select d.first_at from dead_letters d where d.fingerprint = g.fingerprint and d.closed_at is null
                             order by d.id desc limit ${LETTERS_MAX}) d)
     select fingerprint, since, count(*)::int as letters,
            least(floor(extract(epoch from first_at - since)
              / greatest(extract(epoch from now() - since), ${STEPS}) * ${STEPS}), ${STEPS - 1})::int as step
       from letters group by fingerprint, since, 4`,
    [fingerprints],
  );
  const found = new Map<string, { since: string; steps: number[]; letters: number }>();
  for (const { fingerprint, since, step, letters } of rows) {
    const arrivals = found.get(fingerprint) ?? { since, steps: Array.from({ length: STEPS }, () => 0), letters: 0 };
    found.set(fingerprint, arrivals);
    arrivals.steps[step] = letters;
    arrivals.letters += letters;
  }
  return found;
}
