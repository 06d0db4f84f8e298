import type { Lag } from "@/lib/queries/lag";
import type { QueryContext } from "@/lib/queries/query-context";

/**
 * One rule each, so that every page agrees. live: within its objective · lagging: above it for 10 s · stalled: behind and
 * no checkpoint moved for 60 s · faulted: stopped on an error · paused · inline: written by the append, never behind ·
 * unknown: the high-water agent or a worker is missing, so nothing can be said.
 */
export type ProjectionState = "live" | "lagging" | "stalled" | "faulted" | "paused" | "inline" | "unknown";

/** A projection as lists show it. Rates are events a second over the last minute. */
export type ProjectionRow = {
  readonly name: string;
  readonly description: string | null;
  readonly state: ProjectionState;
  /** Why, in a few words, when the state is not live. */
  readonly reason: string | null;
  readonly stateBy: string | null;
  readonly stateAt: string;
  readonly mode: "async" | "inline";
  readonly style: "fold" | "handler";
  readonly version: number;
  readonly generation: number;
  readonly sloMs: number;
  readonly types: readonly string[];
  readonly lag: Lag;
  readonly checkpoint: string;
  readonly checkpointAt: string;
  readonly rateIn: number | null;
  readonly rateOut: number | null;
  readonly trend: "catching up" | "falling behind" | "steady" | null;
  /** Seconds until it has caught up at these rates; `never` when it falls behind; null when unknown or not behind. */
  readonly catchUpSeconds: number | "never" | null;
  readonly partitions: number;
  readonly partitionsOwned: number;
  /** Distinct workers that hold its partitions. */
  readonly workers: readonly string[];
  /** The highest age of each of the last 60 seconds, oldest first; null where there is no sample. */
  readonly spark: readonly (number | null)[];
};

/** All projections, worst first. */
export type ProjectionsList = {
  readonly projections: readonly ProjectionRow[];
  readonly highWater: string;
  readonly head: string;
};

/** Lists every projection with its state and lag, worst first. */
export async function listProjections(context: QueryContext): Promise<ProjectionsList> {
  throw new Error(`listProjections is being written ${context}`);
}
