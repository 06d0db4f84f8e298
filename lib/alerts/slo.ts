/** How long a consumer was within its objective and over it in a window, and how much of the window it existed at all. */
export type SloTime = { readonly goodMs: number; readonly badMs: number; readonly elapsedMs: number };

/** The share of the time that must be within the objective, unless somebody said otherwise. */
export const DEFAULT_TARGET = 0.999;

/** The window of a budget, in days. */
export const WINDOW_DAYS = 30;

/** Time of the window of which nothing is known: no sample, or a lag that could not be told. */
function unknownMs({ goodMs, badMs, elapsedMs }: SloTime): number {
  return Math.max(0, elapsedMs - goodMs - badMs);
}

/**
 * How many times faster than allowed the budget is spent over a window of `windowMs`: 1 spends it exactly. Time of which
 * nothing is known counts for neither side; null when that is more than half of what has passed, because then there is
 * nothing to judge by. Time before the consumer existed counts as kept: a young store does not burn a month in a minute.
 */
export function burnRate(time: SloTime, windowMs: number, target: number): number | null {
  const unknown = unknownMs(time);
  if (time.elapsedMs === 0 || unknown > time.elapsedMs / 2) return null;
  return time.badMs / (windowMs - unknown) / (1 - target);
}

/** What is left of a budget. Times in milliseconds. */
export type Budget = {
  /** What may be spent in the whole window. */
  readonly allowedMs: number;
  readonly spentMs: number;
  /** Below 0 it is overspent. */
  readonly leftMs: number;
  /** What is left if all the time of which nothing is known was bad. */
  readonly leastLeftMs: number;
  /** The share of known time within the objective; null when nothing is known. */
  readonly attained: number | null;
  /** The share of the time that has passed of which something is known; null before anything has. */
  readonly known: number | null;
};

/** The budget of a window of 30 days. No data is not good data: what is unknown is told beside it. */
export function budgetOf(time: SloTime, target: number): Budget {
  const { goodMs, badMs, elapsedMs } = time;
  const allowedMs = (1 - target) * WINDOW_DAYS * 86_400_000;
  const leftMs = allowedMs - badMs;
  const knownMs = goodMs + badMs;
  return {
    allowedMs,
    spentMs: badMs,
    leftMs,
    leastLeftMs: leftMs - unknownMs(time),
    attained: knownMs === 0 ? null : goodMs / knownMs,
    known: elapsedMs === 0 ? null : Math.min(1, knownMs / elapsedMs),
  };
}
