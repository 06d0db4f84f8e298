import { nothingAsked, notRead, type SparingReading } from "@/lib/event-store/spared";
import type { Position } from "@/lib/kernel/position";
import type { Batch, BatchRequest } from "@/lib/subscriptions/read-batch";

/** A range of the log, read and folded. */
export type SparingReplay = {
  /** What the next reading may leave out. */
  readonly sparing: () => SparingReading;
  /** Folds what was read above `after`. */
  readonly fold: (batch: Batch, after: Position) => Promise<void>;
};

type Reads = Pick<BatchRequest, "types"> & {
  /** Reads events above `after` and up to `upTo`, at most `limit`, and leaves nothing out. */
  readonly whole: (after: Position, upTo: Position, limit: number) => Promise<Batch>;
  /** Folds events, all or none; throws what `check` throws. */
  readonly fold: (events: Batch["events"], check: () => void) => Promise<void>;
};

/**
 * Leaves out of a replay what its fold does not look at, without having to be told: the payloads of types that have come and
 * of which it asked for none, and ids. Should it ask after all, at the millionth event, for something that was left out, the
 * event throws, the batch is folded again from a reading that has everything, and of that type everything is read from then
 * on. So each type costs at most the batches that are on their way, and what is folded is the same. A fold that catches the
 * error changes nothing of that: that it was thrown is remembered.
 */
export function createSparingReplay({ types, whole, fold }: Reads): SparingReplay {
  const asked = nothingAsked();
  const unseen = new Set(types);
  let begun = false;

  function check(): void {
    if (asked.missed) throw notRead("What was asked for");
  }

  async function foldWhole(after: Position, upTo: Position, limit: number): Promise<void> {
    // A reading that has everything may be too large for one batch.
    for (let from = after; from < upTo; ) {
      const batch = await whole(from, upTo, limit);
      await fold(batch.events, () => undefined);
      from = batch.to;
    }
  }

  return {
    sparing() {
      const payloads = types.filter((type) => !unseen.has(type) && !asked.payloads.has(type));
      return { asked, spared: { payloads, ids: begun && !asked.ids } };
    },
    async fold(batch, after) {
      asked.missed = false;
      try {
        await fold(batch.events, check);
      } catch (error) {
        if (!asked.missed) throw error;
        await foldWhole(after, batch.to, Math.max(batch.events.length, 1));
      }
      if (unseen.size > 0) for (const { type } of batch.events) unseen.delete(type);
      begun ||= batch.events.length > 0;
    },
  };
}
