import type { Lag } from "@/lib/queries/lag";
import { BREAKER } from "@/lib/subscriptions/breaker";

/**
 * One rule each, so that every page agrees. live: within its objective · lagging: above it for 10 s · stalled: behind and
 * no checkpoint moved for 60 s · faulted: stopped on an error · paused · inline: written by the append, never behind ·
 * unknown: the high-water agent or a worker is missing, so nothing can be said · parked: moving, but with events set aside.
 */
export type ProjectionState = "live" | "lagging" | "stalled" | "faulted" | "paused" | "parked" | "inline" | "unknown";

/** What the rules look at. Ages in milliseconds. */
export type ProjectionFacts = {
  readonly mode: "async" | "inline";
  readonly switchedTo: "running" | "paused";
  readonly switchedBy: string | null;
  readonly switchReason: string | null;
  readonly lag: Lag;
  readonly sloMs: number;
  /** The least age of the last 10 s of samples; null when there are none. */
  readonly leastAgeMs: number | null;
  /** How long ago the last checkpoint moved. */
  readonly checkpointAgeMs: number;
  /** Events that are set aside: those that wait for an operator, and those that are tried again by themselves. */
  readonly parked: { readonly waiting: number; readonly retrying: number };
  /** The error on which a partition stands, after how many attempts. */
  readonly failure: { readonly message: string; readonly attempts: number } | null;
};

/** The state of a projection, and why in a few words when it is not live. */
export function projectionState(facts: ProjectionFacts): { state: ProjectionState; reason: string | null } {
  if (facts.mode === "inline") return { state: "inline", reason: null };
  if (facts.switchedTo === "paused") {
    // What stopped itself for its failures is no operator's choice.
    if (facts.switchedBy === BREAKER)
      return { state: "faulted", reason: `stopped by its breaker: ${facts.switchReason}` };
    const by = facts.switchedBy ? `by ${facts.switchedBy}` : "by an operator";
    return { state: "paused", reason: facts.switchReason ? `${by}: ${facts.switchReason}` : by };
  }
  if (facts.failure) {
    const { message, attempts } = facts.failure;
    return { state: "faulted", reason: `${message} (${attempts} ${attempts === 1 ? "attempt" : "attempts"})` };
  }
  if (!facts.lag.known) return { state: "unknown", reason: REASONS[facts.lag.reason] };
  if (facts.lag.events > 0 && facts.lag.ageMs > STALLED_MS && facts.checkpointAgeMs > STALLED_MS) {
    return { state: "stalled", reason: `behind, and no checkpoint has moved for ${standing(facts.checkpointAgeMs)}` };
  }
  if (facts.lag.ageMs > facts.sloMs && (facts.leastAgeMs ?? facts.lag.ageMs) > facts.sloMs) {
    return { state: "lagging", reason: `older than its objective of ${facts.sloMs / 1000} s` };
  }
  const { waiting, retrying } = facts.parked;
  if (waiting > 0)
    return { state: "parked", reason: `${waiting} parked${retrying > 0 ? `, ${retrying} retrying` : ""}` };
  return { state: "live", reason: retrying > 0 ? `${retrying} retrying` : null };
}

const STALLED_MS = 60_000;

/** How long something has stood still, in whole seconds up to two minutes, then in whole minutes. */
function standing(ms: number): string {
  return ms < 120_000 ? `${Math.floor(ms / 1_000)} s` : `${Math.floor(ms / 60_000)} min`;
}

const REASONS = {
  "high-water-agent-missing": "no high-water agent has looked for 3 s",
  "worker-missing": "no worker holds it",
  "never-started": "it has never run",
} as const;

/** Worst first. */
export const stateRank: Readonly<Record<ProjectionState, number>> = {
  faulted: 0,
  stalled: 1,
  unknown: 2,
  lagging: 3,
  parked: 4,
  paused: 5,
  live: 6,
  inline: 7,
};

/** Rates are events a second; `behind` is how many events wait now, `behindBefore` how many did `seconds` ago. */
export function pace(facts: {
  readonly behind: number | null;
  readonly behindBefore: number | null;
  readonly handled: number;
  readonly seconds: number;
}): {
  readonly rateIn: number | null;
  readonly rateOut: number | null;
  readonly trend: "catching up" | "falling behind" | "steady" | null;
  readonly catchUpSeconds: number | "never" | null;
} {
  const { behind, behindBefore, handled, seconds } = facts;
  const rateOut = rounded(handled / seconds);
  if (behind === null || behindBefore === null) return { rateIn: null, rateOut, trend: null, catchUpSeconds: null };
  const growth = (behind - behindBefore) / seconds;
  const rateIn = rounded(Math.max(0, rateOut + growth));
  // A tenth of the inflow, and at least one event a second, is weather and not a trend.
  const still = Math.max(1, rateIn / 10);
  const trend = growth > still ? "falling behind" : growth < -still ? "catching up" : "steady";
  if (behind === 0) return { rateIn, rateOut, trend, catchUpSeconds: null };
  return { rateIn, rateOut, trend, catchUpSeconds: growth < 0 ? Math.ceil(behind / -growth) : "never" };
}

function rounded(rate: number): number {
  return Math.round(rate * 10) / 10;
}
