import type { EventFilter } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";

/** Events in a stretch of recording time. */
export type HistogramBucket = { readonly from: string; readonly to: string; readonly events: number };

/** Buckets oldest first. Without a filter the counts are differences of positions (≈: burnt positions count). */
export type EventHistogram = {
  readonly buckets: readonly HistogramBucket[];
  /** False when counting stopped at its bound; the oldest buckets are then too low. */
  readonly complete: boolean;
};

/** Counts events over recording time, newest first until a bound. `from` and `to` are ISO 8601. */
export async function eventHistogram(
  context: QueryContext,
  range: { readonly from: string; readonly to: string; readonly buckets?: number } & Pick<
    EventFilter,
    "type" | "category"
  >,
): Promise<EventHistogram> {
  throw new Error(`eventHistogram is being written ${context} ${range}`);
}
