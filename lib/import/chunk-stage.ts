import type { Loaded } from "@/lib/import/load-events";

/** How far a chunk is, for the chunk after it. */
export type Stage = {
  /** True once its first try has drawn its positions; false when that try ended without. */
  readonly drawn: Promise<boolean>;
  /** Whether its first try was committed. */
  readonly ended: Promise<boolean>;
  /** Its result, whatever try brought it. */
  readonly settled: Promise<Loaded>;
};

/** What stands before the first chunk: nothing to wait for. */
export const firstStage: Stage = {
  drawn: Promise.resolve(true),
  ended: Promise.resolve(true),
  settled: Promise.resolve({ places: [], recordedAt: "" }),
};

/** A stage and what moves it on; what is said of a later try than the first changes nothing. */
export function createStage() {
  let tellDrawn: (drawn: boolean) => void = () => undefined;
  let tellEnded: (committed: boolean) => void = () => undefined;
  let tellSettled: (result: Promise<Loaded>) => void = () => undefined;
  const stage: Stage = {
    drawn: new Promise((resolve) => {
      tellDrawn = resolve;
    }),
    ended: new Promise((resolve) => {
      tellEnded = resolve;
    }),
    settled: new Promise((resolve) => {
      tellSettled = resolve;
    }),
  };
  // Whoever asked for the chunk hears of its failure; the chunk after it may not be there to listen.
  stage.settled.catch(() => undefined);
  return {
    stage,
    draw: () => tellDrawn(true),
    end: (committed: boolean) => {
      tellDrawn(false);
      tellEnded(committed);
    },
    settle: (result: Promise<Loaded>) => tellSettled(result),
  };
}
