import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { StateAtVersion, StreamReader } from "@/lib/catalog/fold-stream";
import { InvalidRequest } from "@/lib/kernel/errors";
import { categoryOf, checkStreamName } from "@/lib/kernel/stream-name";
import { fingerprintOf } from "@/lib/snapshots/fingerprint";
import { asksForSnapshot } from "@/lib/snapshots/policy";
import type { SnapshotLimit, SnapshotPlan, SnapshotReader } from "@/lib/snapshots/snapshot";
import { type SnapshotRows, snapshotRows } from "@/lib/snapshots/snapshot-rows";
import { takeLater } from "@/lib/snapshots/take-later";
import { type Taken, takeSnapshots } from "@/lib/snapshots/take-snapshots";
import { type Verified, verifySnapshots } from "@/lib/snapshots/verify-snapshots";
import type { Logger } from "@/lib/telemetry/logger";

/** What snapshots are kept with. `writer` names this process in what it stores. */
export type SnapshotSettings = {
  readonly pool: pg.Pool;
  readonly store: StreamReader & { readonly streamVersion: (stream: string) => Promise<number> };
  readonly catalog: Catalog;
  readonly writer: string;
  readonly log?: Logger | undefined;
};

/** The snapshots of a store: a cache of states that is looked over before it is used, and can be dropped at any time. */
export type Snapshots = SnapshotReader & {
  /** The category's decider, policy and fingerprint; `undefined` where no decider folds it or it has no policy. */
  readonly plan: (category: string) => SnapshotPlan | undefined;
  /** Takes what the policy wants and, with `head`, one at the last version. Throws `InvalidRequest` without a policy. */
  readonly take: (stream: string, options?: { readonly head?: boolean } & Within) => Promise<Taken>;
  /** Folds a stream from its first event and holds its snapshots against it; a wrong one is taken away and noted. */
  readonly verify: (stream: string, options?: { readonly signal?: AbortSignal } & Within) => Promise<Verified>;
  /** Resolves when no taking waits or runs in this process. */
  readonly idle: () => Promise<void>;
  /** Takes no more snapshots; before the pool is closed. */
  readonly stop: () => void;
};

/** The transaction to write in; absent, each statement is one of its own. */
type Within = { readonly within?: pg.PoolClient };

/** A stream may have several snapshots that cannot be trusted; then it is folded from its first event. */
const LOOKS_MAX = 3;

/** Makes the snapshots of a store; opens no connection by itself. */
export function createSnapshots(settings: SnapshotSettings): Snapshots {
  const { pool, store, catalog, writer, log } = settings;
  const rows = snapshotRows(pool, writer);
  const plans = new Map<string, SnapshotPlan | undefined>();
  const plan = (category: string): SnapshotPlan | undefined => {
    if (!plans.has(category)) plans.set(category, planOf(catalog, category));
    return plans.get(category);
  };
  const planFor = (stream: string): SnapshotPlan => {
    const category = categoryOf(checkStreamName(stream));
    const found = plan(category);
    if (found) return found;
    const message = `${category} has no snapshots: give its decider a policy (\`snapshots\`) first.`;
    throw new InvalidRequest(message, [{ path: "stream", message }]);
  };
  const rowsOf = (within: pg.PoolClient | undefined) => (within ? snapshotRows(within, writer) : rows);
  const take: Snapshots["take"] = async (stream, { head, within } = {}) => {
    const planned = planFor(stream);
    const held = rowsOf(within);
    const start = await newestTrusted(held, stream, planned.fingerprint, {}, log);
    return takeSnapshots({ store, catalog, rows: held }, { ...planned, stream, start, head });
  };
  const later = takeLater(take, (error, stream) =>
    log?.warn({ err: error, stream }, "a snapshot was not taken; the stream is folded instead"),
  );
  return {
    plan,
    take,
    verify: async (stream, { signal, within } = {}) =>
      verifySnapshots({ store, catalog, rows: rowsOf(within) }, { ...planFor(stream), stream }, signal),
    before: async (decider, stream, limit) => {
      const planned = plan(decider.category);
      if (!planned) return undefined;
      try {
        return await newestTrusted(rows, stream, planned.fingerprint, limit ?? {}, log);
      } catch (error) {
        log?.warn({ err: error, stream }, "snapshots could not be read; the stream is folded instead");
        return undefined;
      }
    },
    loaded: (decider, stream, load) => {
      const planned = plan(decider.category);
      if (planned && asksForSnapshot(planned.policy, load)) later.ask(stream);
    },
    idle: later.idle,
    stop: later.stop,
  };
}

function planOf(catalog: Catalog, category: string): SnapshotPlan | undefined {
  const decider = catalog.decider(category);
  if (!decider?.snapshots) return undefined;
  return { decider, policy: decider.snapshots, fingerprint: fingerprintOf(decider, catalog.modules) };
}

async function newestTrusted(
  rows: SnapshotRows,
  stream: string,
  fingerprint: string,
  limit: SnapshotLimit,
  log: Logger | undefined,
): Promise<StateAtVersion | undefined> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const found = await rows.newest(stream, fingerprint, limit);
    if (!found) return undefined;
    const { version, fault } = found;
    if (fault === null) return { state: JSON.parse(found.text) as unknown, version };
    log?.warn({ stream, version, fault }, "a snapshot is not used");
    await rows.fault(stream, found, fault);
    // Those of the right code come first: behind a stale one there are only others like it.
    if (fault === "stale") return undefined;
  }
  return undefined;
}
