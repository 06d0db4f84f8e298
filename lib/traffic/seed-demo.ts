import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createLives } from "@/lib/traffic/lives";
import { type Counts, patientDoors } from "@/lib/traffic/patient-doors";
import { createRandom } from "@/lib/traffic/random";
import type { Doors, Life } from "@/lib/traffic/shop";

/** How much of a past to make. */
export type DemoPast = Doors & {
  readonly lives?: number;
  readonly days?: number;
  readonly seed?: string;
  readonly run?: string;
  /** How many lives go on at once (8); with 1 the whole log follows from the seed, not only what each life does. */
  readonly sideBySide?: number;
  readonly signal: AbortSignal;
};

const dayMs = 86_400_000;
/** Nobody begins anything in the last hours of the past: what is so young is not history, and the house would take it up. */
const untouchedMs = 15 * 3_600_000;
/** A second of the shop's pace is that many of the past: parcels take hours, returns days. */
const stretch = 600;

/**
 * Gives an empty store a past of some days, dated as it would have happened, through the same commands as the present.
 * Lives that are not over today stay as they are. Resolves when it is written; the counts say what was done.
 */
export async function seedDemo(past: DemoPast): Promise<Counts> {
  const { signal, lives: count = 380, days = 7, sideBySide = 8 } = past;
  setMaxListeners(2 * sideBySide, signal); // Every wait of every life listens for its end.
  const random = createRandom(past.seed ?? "tidemark");
  const doors = patientDoors(past, (ms) => sleep(Math.min(ms, 50), undefined, { signal }));
  const ordered = new Set<string>();
  const lives = createLives({ doors, random, run: past.run ?? "A", reorder: (sku) => ordered.add(sku) });
  const now = Date.now();
  const begin = now - days * dayMs;

  async function live(begun: number, born: (at: () => number) => Life | undefined): Promise<void> {
    let clock = begun;
    const life = born(() => clock);
    for (let step = await life?.next(); step && !step.done && clock < now; step = await life?.next()) {
      signal.throwIfAborted();
      clock += step.value * stretch;
      if (clock >= now) return;
    }
  }

  for (const life of lives.deliveries(undefined, () => begin)) await live(begin, () => life);
  const births = Array.from({ length: count }, () => begin + random.next() * (days * dayMs - untouchedMs)).sort(
    (a, b) => a - b,
  );
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (let begun = births.shift(); begun !== undefined; begun = births.shift()) {
        const [sku] = ordered;
        if (sku !== undefined) {
          ordered.delete(sku);
          await live(begun, (at) => lives.deliveries(sku, at)[0]);
        }
        await live(begun, (at) => lives.next(at));
      }
    }),
  );
  return doors.takeCounts();
}
