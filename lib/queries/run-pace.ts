/** Where a run stood at a time; `atMs` is milliseconds since 1970. */
export type RunSample = {
  readonly atMs: number;
  readonly phase: string | null;
  readonly done: number;
  readonly total: number | null;
};

/** How fast a run goes and what is left, read from its samples alone. */
export type RunPace = {
  /** Units a second, the median of the last two minutes; null while nobody can know. */
  readonly perSecond: number | null;
  /** Units a second from step to step of the phase at hand, oldest first. */
  readonly spark: readonly number[];
  /**
   * Milliseconds left of the phase, from the middle half of the rates, growth of the total taken off. `measuring`: too
   * early to say. `never`: the total grows as fast as the work. `unknown`: there is no total.
   */
  readonly left:
    | { readonly kind: "range"; readonly fromMs: number; readonly toMs: number }
    | { readonly kind: "measuring" | "never" | "unknown" };
};

const WINDOW_MS = 120_000;
/** Before this nothing is said about the time left: the first rates are those of cold caches. */
const PATIENCE_MS = 15_000;

/** Reads the pace of the phase at hand from samples, oldest first, of at most the last ten minutes. */
export function runPace(samples: readonly RunSample[], phase: string | null): RunPace {
  const own = samples.filter((sample) => sample.phase === phase);
  const steps = ratesOf(own);
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last || steps.length === 0) return { perSecond: null, spark: [], left: { kind: "measuring" } };
  const recent = steps.filter(({ atMs }) => atMs > last.atMs - WINDOW_MS);
  const perSecond = quantile(
    recent.map(({ worked }) => worked),
    0.5,
  );
  const spark = steps.map(({ worked }) => worked);
  if (last.total === null) return { perSecond, spark, left: { kind: "unknown" } };
  if (last.atMs - first.atMs < PATIENCE_MS) return { perSecond, spark, left: { kind: "measuring" } };
  return { perSecond, spark, left: leftOf(last.total - last.done, recent) };
}

/**
 * Rates between the samples at which something had been done: work that comes in steps would else look like standstill
 * with bursts. A pause at the end counts once it is longer than any between two steps.
 */
function ratesOf(samples: readonly RunSample[]): readonly Rate[] {
  const moved = samples.filter((sample, index) => index === 0 || sample.done !== samples[index - 1]?.done);
  const rates = moved.slice(1).map((sample, index) => rateOf(moved[index] ?? sample, sample));
  const [lastMoved, last] = [moved.at(-1), samples.at(-1)];
  if (!lastMoved || !last || last === lastMoved) return rates;
  const longest = Math.max(0, ...moved.slice(1).map((sample, index) => sample.atMs - (moved[index]?.atMs ?? 0)));
  return last.atMs - lastMoved.atMs > longest ? [...rates, rateOf(lastMoved, last)] : rates;
}

type Rate = { readonly atMs: number; readonly worked: number; readonly closed: number };

/** Per second: what was worked off, and by how much the distance to the total closed. */
function rateOf(before: RunSample, after: RunSample): Rate {
  const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1_000);
  const worked = Math.max(0, after.done - before.done) / seconds;
  const grown = ((after.total ?? 0) - (before.total ?? after.total ?? 0)) / seconds;
  return { atMs: after.atMs, worked, closed: worked - Math.max(0, grown) };
}

function leftOf(distance: number, rates: readonly Rate[]): RunPace["left"] {
  if (distance <= 0) return { kind: "range", fromMs: 0, toMs: 0 };
  const closed = rates.map((rate) => rate.closed);
  const [slow, middle, fast] = [quantile(closed, 0.25), quantile(closed, 0.5), quantile(closed, 0.75)];
  if (middle <= 0) return { kind: "never" };
  // A quarter of standstill says nothing about the end; then the middle bounds it with room.
  const slowest = slow > 0 ? slow : middle / 4;
  return { kind: "range", fromMs: (distance / fast) * 1_000, toMs: (distance / slowest) * 1_000 };
}

/** Linear between the two nearest values; 0 of nothing. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below = 0, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}
