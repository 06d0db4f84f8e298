import { formatDuration } from "@/app/_ui/format";
import type { PartitionLoad } from "@/lib/queries/partition-load";
import type { PartitionRow } from "@/lib/queries/projection-page";

/** Why a partition is behind, in words; `stream` is the one that has most of what waits. */
export type WhySlow = { readonly words: string; readonly stream?: string };

/** A batch is slow that takes this many times as long as those of the quickest partition, and at least so many ms. */
const SLOW_FACTOR = 3;
const SLOW_MIN_MS = 20;

/**
 * Why a partition has events waiting, the surest cause first: it stopped on an error, nobody holds it, one stream has most
 * of what waits (its events come one after the other, whatever else is done), or its batches take longer than those of its
 * neighbours. Undefined where nothing waits, or nothing sets it apart.
 */
export function whySlow(
  row: Pick<PartitionRow, "error" | "owned">,
  load: PartitionLoad | undefined,
  loads: readonly PartitionLoad[],
): WhySlow | undefined {
  if (row.error !== null) return { words: "stopped on an error" };
  if (!load || load.behind === 0) return undefined;
  if (!row.owned) return { words: "no worker holds it" };
  if (load.hot) return { words: `${Math.round(load.hot.share * 100)} % of what waits`, stream: load.hot.stream };
  const times = loads.flatMap(({ p95Ms }) => (p95Ms === null ? [] : [p95Ms]));
  const quickest = Math.min(...times);
  const { p95Ms } = load;
  if (p95Ms !== null && p95Ms >= SLOW_MIN_MS && p95Ms > quickest * SLOW_FACTOR) {
    return { words: `slow batches: the quickest partition takes ${formatDuration(quickest)}` };
  }
  return undefined;
}
