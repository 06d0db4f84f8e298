/** A hint that there is work. A hint given while nobody waits is kept until somebody does. */
export type Wake = {
  readonly wake: () => void;
  /** Resolves after `ms`, at a hint, or when `signal` is aborted, whichever is first; never throws. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** How a loop behaves. `work` tells whether it did something; all times are milliseconds. */
export type PollLoop = {
  readonly signal: AbortSignal;
  readonly work: () => Promise<boolean>;
  /** The rest after a round without work; a hint of `wake` ends it early. */
  readonly idleMs: number;
  /** The rest after a round with work; 0 goes on at once. */
  readonly busyMs?: number;
  /** The rest after the first error; it doubles up to `maxErrorMs` and is not cut short by hints. */
  readonly errorMs: number;
  readonly maxErrorMs: number;
  readonly wake?: Wake;
  readonly onError: (error: unknown) => void;
};

/** Calls `work` until `signal` is aborted and resolves then. Errors are reported and backed off from, never thrown. */
export async function pollLoop(loop: PollLoop): Promise<void> {
  const { signal, wake = createWake() } = loop;
  const unhinted = createWake();
  let failures = 0;
  while (!signal.aborted) {
    try {
      const busy = await loop.work();
      failures = 0;
      if (signal.aborted) return;
      if (!busy) await wake.wait(loop.idleMs, signal);
      else if (loop.busyMs) await wake.wait(loop.busyMs, signal);
      else await nextTurn();
    } catch (error) {
      if (signal.aborted) return;
      loop.onError(error);
      const rest = Math.min(loop.maxErrorMs, loop.errorMs * 2 ** Math.min(failures, 20));
      failures += 1;
      await unhinted.wait(rest, signal);
    }
  }
}

/** Makes a hint for one waiting loop. */
export function createWake(): Wake {
  let hinted = false;
  let end: (() => void) | undefined;
  return {
    wake() {
      hinted = true;
      end?.();
    },
    async wait(ms, signal) {
      if (!hinted && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
          signal.addEventListener("abort", end, { once: true });
        });
        if (end) signal.removeEventListener("abort", end);
        end = undefined;
      }
      hinted = false;
    },
  };
}

/** Lets input, output and timers run, so that a loop with endless work does not starve the process. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
