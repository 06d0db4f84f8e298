/** Which traces are kept while there are more spans than can be. */
export type Thinning = {
  /** Whether spans of this trace are kept; called once a span. */
  readonly keeps: (traceId: string) => boolean;
  /** One trace in how many is kept now. */
  readonly oneIn: () => number;
};

/** Spans a second that a process keeps, over a while. */
const PER_SECOND = 200;
const WINDOW_MS = 1_000;
const COARSEST = 12;

/**
 * Keeps all traces while they are few, and one in 2, 4, 8, … when more than 200 spans a second come. What decides is the
 * trace's id, so a trace is kept whole and every process keeps the same ones: what a coarser sieve keeps, a finer one does.
 */
export function createThinning(now: () => number = () => performance.now()): Thinning {
  let level = 0;
  let began = now();
  let kept = 0;
  return {
    keeps(traceId) {
      const at = now();
      if (at - began >= WINDOW_MS) {
        const most = (PER_SECOND * (at - began)) / 1_000;
        if (kept > most) level = Math.min(COARSEST, level + 1);
        else if (kept < most / 4) level = Math.max(0, level - 1);
        began = at;
        kept = 0;
      }
      const keeps = (Number.parseInt(traceId.slice(-4), 16) & (2 ** level - 1)) === 0;
      if (keeps) kept += 1;
      return keeps;
    },
    oneIn: () => 2 ** level,
  };
}
