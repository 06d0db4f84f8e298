import type { Note } from "@/lib/testing/proof/history/anomalies";
import { type IndexedHistory, wordsOf } from "@/lib/testing/proof/history/index-history";

/** Each event of the log has had its effect once, or never when it was given up, no other event any, and read models are the fold of the log: A14. */
export function checkEffects({ history, entryOf }: IndexedHistory, note: Note): void {
  for (const { consumer, handles, skipped, times } of history.effects) {
    for (const entry of history.log) {
      if (!handles(entry.event)) continue;
      const count = times.get(entry.event) ?? 0;
      if (count !== (skipped.has(entry.event) ? 0 : 1))
        note("A14", () => `${consumer} applied ${wordsOf(entry)} ${count} times`);
    }
    for (const event of times.keys()) {
      if (!entryOf.has(event)) note("A14", () => `${consumer} applied event ${event}, which is not in the log`);
    }
  }
  for (const difference of history.differences) note("A14", () => difference);
}
