import { limits } from "@/lib/kernel/limits";
import { checkLimit, checkText } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { fingerprintOf } from "@/lib/snapshots/fingerprint";
import { snapshotEvery } from "@/lib/snapshots/policy";
import type { SnapshotFault } from "@/lib/snapshots/snapshot";

/** How a category's states are put aside. */
export type SnapshotCategory = {
  readonly category: string;
  /** In words: `every 200 events`, `loads above 25 ms`. */
  readonly policy: string;
  readonly every: number;
  readonly fingerprint: string;
  readonly stateVersion: number;
  /** How far the log has been looked through for due streams; null when no worker has begun. */
  readonly lookedUpTo: string | null;
};

/** The newest snapshot of a stream, that of this code before any other's. */
export type SnapshotRow = {
  readonly stream: string;
  readonly version: number;
  readonly head: number;
  /** Versions behind the head: what a load has to fold. */
  readonly gap: number;
  readonly bytes: number;
  /** What reading and folding its events took when it was taken, and how many those were. */
  readonly foldMs: number;
  readonly foldedEvents: number;
  readonly fingerprint: string;
  /** `current` when this code folds as the one that took it. */
  readonly state: "current" | "stale";
  readonly takenAt: string;
  readonly takenBy: string;
  readonly verifiedAt: string | null;
};

/** Something that was wrong with a snapshot. `changes` are the first differences, where it held another state. */
export type SnapshotFaultRow = {
  readonly stream: string;
  readonly version: number;
  readonly fault: SnapshotFault;
  readonly changes: unknown;
  readonly foundAt: string;
  readonly healedAt: string | null;
};

/** One page of snapshots by the name of their stream, and the newest faults. */
export type SnapshotsPage = {
  readonly categories: readonly SnapshotCategory[];
  readonly snapshots: readonly SnapshotRow[];
  readonly next: string | null;
  readonly faults: readonly SnapshotFaultRow[];
};

/** What a page is asked by. */
export type SnapshotsRequest = {
  readonly category?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

const FAULTS_SHOWN = 50;

/** Lists the streams that have snapshots, one row each, along the names; nothing is counted and no state is read. */
export async function snapshotsPage(context: QueryContext, page: SnapshotsRequest): Promise<SnapshotsPage> {
  const limit = checkLimit(page.limit);
  for (const name of ["category", "cursor"] as const) {
    const value = page[name];
    if (value !== undefined) checkText(value, name, limits.streamNameBytes);
  }
  const [categories, rows, faults] = await Promise.all([
    categoriesOf(context),
    newestByStream(context, page, limit + 1),
    newestFaults(context),
  ]);
  const prints = new Map(categories.map(({ category, fingerprint }) => [category, fingerprint]));
  const shown = rows.slice(0, limit).map((row) => toRow(row, prints));
  return { categories, snapshots: shown, next: rows.length > limit ? (shown.at(-1)?.stream ?? null) : null, faults };
}

async function categoriesOf({ reads, catalog }: QueryContext): Promise<readonly SnapshotCategory[]> {
  const progress = await reads.query<{ category: string; position: bigint }>(
    "select category, position from snapshot_progress",
  );
  const looked = new Map(progress.map(({ category, position }) => [category, String(position)]));
  const deciders = catalog.modules.flatMap((module) => module.deciders);
  return deciders.flatMap((decider) => {
    const { category, snapshots: policy, stateVersion = 1 } = decider;
    if (!policy) return [];
    const words = "every" in policy ? `every ${policy.every} events` : `after loads above ${policy.slowerThanMs} ms`;
    const fingerprint = fingerprintOf(decider, catalog.modules);
    const lookedUpTo = looked.get(category) ?? null;
    return [{ category, policy: words, every: snapshotEvery(policy), fingerprint, stateVersion, lookedUpTo }];
  });
}

type SnapshotRecord = {
  readonly stream: string;
  readonly category: string;
  readonly version: bigint;
  readonly head: bigint;
  readonly bytes: number;
  readonly fold_ms: number;
  readonly folded_events: number;
  readonly fingerprint: string;
  readonly taken_at: string;
  readonly taken_by: string;
  readonly verified_at: string | null;
};

/** From name to name along the primary key, so that a stream with a hundred snapshots costs as much as one with one. */
async function newestByStream({ reads, catalog }: QueryContext, page: SnapshotsRequest, limit: number) {
  const { category, cursor = "" } = page;
  const from = category === undefined ? "" : `${category}-`;
  const until = category === undefined ? null : `${category}.`;
  const fingerprints = catalog.modules
    .flatMap((module) => module.deciders)
    .filter((decider) => decider.snapshots)
    .map((decider) => fingerprintOf(decider, catalog.modules));
  return reads.query<SnapshotRecord>(
    `with recursive names(stream, place) as (
       (select s.stream, 1 from snapshots s
         where s.stream > $1 and s.stream >= $2 and ($3::text is null or s.stream < $3) order by s.stream limit 1)
       union all
       select (select s.stream from snapshots s
                where s.stream > n.stream and ($3::text is null or s.stream < $3) order by s.stream limit 1), n.place + 1
         from names n where n.stream is not null and n.place < $4::int)
     select s.stream, t.category, s.version, t.version as head, pg_column_size(s.state) as bytes, s.fold_ms,
            s.folded_events, s.fingerprint, s.taken_at, s.taken_by, s.verified_at
       from names n
       join streams t on t.stream = n.stream
      cross join lateral (select * from snapshots s where s.stream = n.stream
                           order by s.fingerprint = any ($5) desc, s.version desc limit 1) s
      order by s.stream`,
    [cursor, from, until, limit, fingerprints],
  );
}

function toRow(record: SnapshotRecord, prints: ReadonlyMap<string, string>): SnapshotRow {
  const [version, head] = [Number(record.version), Number(record.head)];
  return {
    ...{ stream: record.stream, version, head, gap: Math.max(0, head - version), bytes: record.bytes },
    ...{ foldMs: record.fold_ms, foldedEvents: record.folded_events, fingerprint: record.fingerprint },
    state: prints.get(record.category) === record.fingerprint ? "current" : "stale",
    ...{ takenAt: record.taken_at, takenBy: record.taken_by, verifiedAt: record.verified_at },
  };
}

async function newestFaults({ reads }: QueryContext): Promise<readonly SnapshotFaultRow[]> {
  const rows = await reads.query<{
    stream: string;
    version: bigint;
    fault: SnapshotFault;
    detail: string | null;
    found_at: string;
    healed_at: string | null;
  }>("select stream, version, fault, detail, found_at, healed_at from snapshot_faults order by id desc limit $1::int", [
    FAULTS_SHOWN,
  ]);
  return rows.map((row) => ({
    ...{ stream: row.stream, version: Number(row.version), fault: row.fault },
    changes: row.detail === null ? null : (JSON.parse(row.detail) as unknown),
    ...{ foundAt: row.found_at, healedAt: row.healed_at },
  }));
}
