import { positionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";

/** Events a second over the minute before a moment, and over each 2 s of it, oldest first (from positions, ≈). */
export type AppendRate = { readonly perSecond: number; readonly spark: readonly number[] };

/** The rate looks this far back, in this many steps. */
const SECONDS = 60;
const STEPS = 30;

/** How fast the log grew in the minute before `at`, ISO 8601. */
export async function appendRate({ reads }: QueryContext, at: string): Promise<AppendRate> {
  const end = Date.parse(at);
  const step = (SECONDS / STEPS) * 1_000;
  const times = Array.from({ length: STEPS + 1 }, (_, index) => new Date(end - (STEPS - index) * step).toISOString());
  const positions = await positionsAt(reads, times);
  const spark = positions.slice(1).map((position, index) => {
    return Math.round((Number(position - (positions[index] ?? position)) / step) * 10_000) / 10;
  });
  const total = Number((positions.at(-1) ?? 0n) - (positions[0] ?? 0n));
  return { perSecond: Math.round((total / SECONDS) * 10) / 10, spark };
}
