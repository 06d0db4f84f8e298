import type { Position } from "@/lib/kernel/position";
import type { Batch } from "@/lib/subscriptions/read-batch";

/** Reads events above `after` and up to `upTo`, at most `limit`. */
type ReadRange = (after: Position, upTo: Position, limit: number) => Promise<Batch>;

/** The next batch of a log that is read ahead, in the order of the log; undefined at its end. */
type ReadAhead = { readonly next: () => Promise<Batch | undefined> };

/**
 * So few that their texts are small: what a statement holds in megabytes the server gives back to its system at the end, and the
 * next one has it faulted in again (docs/decisions/0099-what-a-replay-reads.md).
 */
const EVENTS = 4_000;
/** A small one, so that there is soon something to fold. */
const FIRST = 1_000n;
/** Ranges that are asked for while one is folded: the server is at work on one when the other is handed over. */
const DEPTH = 2;
const SPAN_MAX = 1_000_000n;

/**
 * Reads a log from one position to another in ranges of positions, so that where the next one begins is known before this
 * one is there. Where few positions are events of interest ranges grow; what does not fit into one batch is read next.
 */
export function createReadAhead(read: ReadRange, from: Position, until: Position): ReadAhead {
  const asked: { readonly upTo: Position; readonly after: Position; readonly batch: Promise<Batch> }[] = [];
  /** Where what was handed over ends, and where what was asked for does. */
  let to = from;
  let end = from;
  let span = BigInt(EVENTS);

  function ask(after: Position, upTo: Position) {
    const batch = read(after, upTo, EVENTS);
    // Whoever comes for it is told; nobody may come.
    batch.catch(() => undefined);
    return { after, upTo, batch };
  }

  function fill(): void {
    while (asked.length < DEPTH && end < until) {
      const reach = end + (end === from ? FIRST : span);
      const upTo = reach < until ? reach : until;
      asked.push(ask(end, upTo));
      end = upTo;
    }
  }

  return {
    async next() {
      fill();
      const first = asked.shift();
      if (!first) return undefined;
      const batch = await first.batch.catch((error: unknown) => {
        // What failed is asked for again, and not passed over for what follows it.
        asked.length = 0;
        end = to;
        throw error;
      });
      to = batch.to;
      if (batch.to < first.upTo) {
        asked.unshift(ask(batch.to, first.upTo));
        span = batch.to - first.after;
      } else if (batch.events.length * 2 < EVENTS && first.upTo - first.after === span && span < SPAN_MAX) span *= 2n;
      fill();
      return batch;
    },
  };
}
