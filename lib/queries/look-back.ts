import { checkPosition } from "@/lib/queries/check-input";
import { readHighWater } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";

/** How far back an answer looked. */
export type LookedBack = {
  /** Down to where the log was looked through, `0` when that is all of it. */
  readonly lookedTo: string;
  readonly highWater: string;
  /** `before` of the next part; null when there is nothing left to look at. */
  readonly next: string | null;
};

/** A part of the log: positions from `from`, below `below`. */
export type LogPart = { readonly from: bigint; readonly below: bigint };

/** Positions that one statement looks at, and how long one answer goes on, in milliseconds. */
const SPAN = 20_000n;
const LOOK_MS = 400;

/**
 * Walks back through the log from `before` or the high-water mark, part by part, where no index answers: so one answer looks at a
 * bounded part, and says where to go on. `look` resolves with the position that it ended at when that is to be all of this answer.
 * Throws `InvalidRequest`.
 */
export async function lookBack(
  context: QueryContext,
  before: string | undefined,
  look: (part: LogPart) => Promise<bigint | undefined>,
): Promise<LookedBack> {
  const mark = await readHighWater(context);
  const end = mark + 1n;
  const asked = before === undefined ? end : checkPosition(before, "before");
  const begun = performance.now();
  let below = asked < end ? asked : end;
  while (below > 1n) {
    const from = below > SPAN ? below - SPAN : 1n;
    const ended = await look({ from, below });
    below = ended ?? from;
    if (ended !== undefined || performance.now() - begun > LOOK_MS) break;
  }
  const next = below <= 1n ? null : String(below);
  return { lookedTo: next ?? "0", highWater: String(mark), next };
}
