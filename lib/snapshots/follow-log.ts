import type pg from "pg";
import { asUnavailable } from "@/lib/db/unavailable";
import { snapshotEvery } from "@/lib/snapshots/policy";
import type { SnapshotPlan } from "@/lib/snapshots/snapshot";
import type { Snapshots } from "@/lib/snapshots/snapshots";
import type { Logger } from "@/lib/telemetry/logger";

/** Events that one look takes in. */
const EVENTS_AT_ONCE = 5_000;

/**
 * Looks at the next part of a category's log, takes the snapshots that became due in it, and remembers how far it came;
 * resolves with whether there may be more. Nothing depends on it: what it misses is taken after the next slow load, and
 * two at once take the same.
 */
export async function followLog(
  { pool, snapshots, log }: { readonly pool: pg.Pool; readonly snapshots: Snapshots; readonly log: Logger },
  { decider: { category }, policy }: SnapshotPlan,
  signal: AbortSignal,
): Promise<boolean> {
  const { after, upTo, events, streams } = await look(pool, category);
  const every = snapshotEvery(policy);
  for (const { stream, first, last } of streams) {
    if (signal.aborted) return false;
    if (Math.floor(last / every) === Math.floor((first - 1) / every)) continue;
    // A stream that cannot be folded must not keep the others from theirs; whoever loads it is told why.
    await snapshots
      .take(stream)
      .catch((error: unknown) => log.warn({ err: error, stream }, "a snapshot was not taken"));
  }
  if (upTo > after) await remember(pool, category, upTo);
  return events === EVENTS_AT_ONCE;
}

type Look = {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly events: number;
  readonly streams: readonly { readonly stream: string; readonly first: number; readonly last: number }[];
};

async function look(pool: pg.Pool, category: string): Promise<Look> {
  try {
    const begun = await pool.query<{ position: bigint }>("select position from snapshot_progress where category = $1", [
      category,
    ]);
    const after = begun.rows[0]?.position ?? 0n;
    const { rows } = await pool.query<{ stream: string; first: bigint; last: bigint; up_to: bigint; events: number }>({
      name: "snapshots_look",
      text: `with seen as materialized (
               select e.stream, e.version, e.position from events e
                where e.category = $1 and e.position > $2 and e.position <= (select position from high_water)
                order by e.category, e.position limit $3)
             select stream, min(version) as first, max(version) as last, (select max(position) from seen) as up_to,
                    (select count(*) from seen)::int as events
               from seen group by stream order by stream`,
      values: [category, after, EVENTS_AT_ONCE],
    });
    return {
      ...{ after, upTo: rows[0]?.up_to ?? after, events: rows[0]?.events ?? 0 },
      streams: rows.map(({ stream, first, last }) => ({ stream, first: Number(first), last: Number(last) })),
    };
  } catch (error) {
    throw asUnavailable(error);
  }
}

async function remember(pool: pg.Pool, category: string, position: bigint): Promise<void> {
  await pool.query(
    `insert into snapshot_progress as p (category, position) values ($1, $2)
     on conflict (category) do update set position = greatest(p.position, $2), looked_at = clock_timestamp()`,
    [category, position],
  );
}
