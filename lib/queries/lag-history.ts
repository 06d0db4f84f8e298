import type { QueryContext } from "@/lib/queries/query-context";

/** Ranges a lag chart can show. */
export const lagRanges = { "15m": 900, "1h": 3_600, "6h": 21_600, "24h": 86_400, "7d": 604_800 } as const;

/** A range by name. */
export type LagRange = keyof typeof lagRanges;

/** One bucket; `ageMs` and `events` are the worst in it, null where no sample was taken or the lag was unknown. */
export type LagPoint = { readonly at: string; readonly ageMs: number | null; readonly events: number | null };

/** At most 300 buckets, oldest first, all of the same width; gaps stay gaps. */
export type LagHistory = {
  readonly range: LagRange;
  readonly bucketSeconds: number;
  readonly sloMs: number;
  readonly points: readonly LagPoint[];
  /** The worst known age of the range, milliseconds. */
  readonly worstMs: number | null;
};

/** Reads the lag of a consumer over a range that ends now. Throws `NotFound`. */
export async function lagHistory(context: QueryContext, name: string, range: LagRange): Promise<LagHistory> {
  throw new Error(`lagHistory is being written ${context} ${name} ${range}`);
}
