import type { StateAtVersion } from "@/lib/catalog/fold-stream";
import type { Decider, SnapshotPolicy } from "@/lib/define";

/** Up to where a snapshot may reach: a version, or what had been recorded at a time (ISO 8601). */
export type SnapshotLimit = { readonly version?: number | undefined; readonly at?: string | undefined };

/** How a load went that could have used a snapshot; times are milliseconds. */
export type Load = { readonly version: number; readonly foldedEvents: number; readonly ms: number };

/** What loading and time travel need of snapshots. Neither call can make a load fail: snapshots only save time. */
export type SnapshotReader = {
  /**
   * The newest state within the limit that may be trusted: put aside by code that folds as this one does, intact, and of
   * this very history. Any other is passed over and noted. `undefined` when there is none, or none is to be had.
   */
  readonly before: (decider: Decider, stream: string, limit?: SnapshotLimit) => Promise<StateAtVersion | undefined>;
  /** Tells of a load; where the category's policy asks for a snapshot it is taken later, off the caller's path. */
  readonly loaded: (decider: Decider, stream: string, load: Load) => void;
};

/**
 * Why a snapshot is not used. `stale`: other code folded it. `corrupt`: its text is not what was stored. `ahead`: its
 * stream does not reach so far. `other-history`: another event stands at its version. `drift`: the full fold gives another state.
 */
export type SnapshotFault = "stale" | "corrupt" | "ahead" | "other-history" | "drift";

/** How the streams of a category are put aside. */
export type SnapshotPlan = {
  readonly decider: Decider;
  readonly policy: SnapshotPolicy;
  readonly fingerprint: string;
};
