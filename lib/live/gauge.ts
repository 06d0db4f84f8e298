import { createWake, pollLoop } from "@/lib/db/poll-loop";

/** A value of the store that is looked at again and again, by one reader however many look on. */
export type Gauge = {
  /** Hands the JSON text of the value to `viewer`: at once if it is known, then whenever it has changed. Returns how to leave. */
  readonly join: (viewer: (text: string) => void) => () => void;
  readonly close: () => void;
};

/** Makes a gauge of `read`. Nothing is read while nobody looks on; a failed reading leaves the last value standing. */
export function openGauge(read: () => Promise<unknown>, everyMs: number): Gauge {
  const viewers = new Set<(text: string) => void>();
  const wake = createWake();
  let stop: AbortController | undefined;
  let known: string | undefined;

  function begin(): void {
    stop = new AbortController();
    const { signal } = stop;
    void pollLoop({
      signal,
      wake,
      idleMs: everyMs,
      errorMs: everyMs,
      maxErrorMs: everyMs * 8,
      onError: () => undefined,
      async work() {
        const text = JSON.stringify(await read(), (_, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        );
        if (signal.aborted || text === known) return false;
        known = text;
        for (const viewer of viewers) viewer(text);
        return false;
      },
    });
  }

  function end(): void {
    stop?.abort();
    stop = undefined;
    known = undefined;
  }

  return {
    join(viewer) {
      viewers.add(viewer);
      if (known !== undefined) viewer(known);
      if (!stop) begin();
      return () => {
        viewers.delete(viewer);
        if (viewers.size === 0) end();
      };
    },
    close() {
      viewers.clear();
      end();
    },
  };
}
