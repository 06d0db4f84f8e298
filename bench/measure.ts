/** How figures are taken: contenders take turns within a round, and each figure is the median over the rounds. */

/** The median of some values with the smallest and the largest. */
export type Spread = { readonly median: number; readonly low: number; readonly high: number };

/** One contender of a comparison: `run` does its work once and returns the figure of that turn. */
export type Turn = { readonly name: string; readonly run: () => Promise<number> };

/** Runs every contender once a round, in turn, so that a slow minute of the machine hurts all of them. */
export async function takeTurns(turns: readonly Turn[], rounds: number): Promise<Map<string, Spread>> {
  return new Map([...(await takeRounds(turns, rounds))].map(([name, values]) => [name, spreadOf(values)]));
}

/** The same with the figure of every round, so that contenders can be compared within each. */
export async function takeRounds(turns: readonly Turn[], rounds: number): Promise<Map<string, readonly number[]>> {
  const figures = new Map<string, number[]>(turns.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Every other round goes backwards, so that nobody always runs after the same neighbour.
    for (const { name, run } of round % 2 === 0 ? turns : [...turns].reverse()) figures.get(name)?.push(await run());
  }
  return figures;
}

/** Median, smallest and largest; NaN for no values. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: Math.min(...values), high: Math.max(...values) };
}

/** The value below which the share `q` of all values lies; NaN for no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Runs `callers` loops of `work` for `seconds` and returns how many calls a second were completed in all. */
export async function rate(callers: number, seconds: number, work: (caller: number) => Promise<void>): Promise<number> {
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const loop = async (caller: number) => {
    let calls = 0;
    while (performance.now() < end) {
      await work(caller);
      calls += 1;
    }
    return calls;
  };
  const counts = await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  return counts.reduce((sum, calls) => sum + calls, 0) / ((performance.now() - begin) / 1000);
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
