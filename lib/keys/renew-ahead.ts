/** How many keys are read at once: what a batch computes must not be felt by who appends meanwhile. */
const BATCH = 50;

/**
 * Reads keys again that are in use and will soon be too old to be used, while the old reading still holds: nobody waits for
 * it, and what is told of within `collectMs` goes together. One that fails is not tried again: its key ends in its time, and who needs it then asks and is told.
 */
export function renewAhead(collectMs: number, renew: (ids: readonly string[]) => Promise<void>) {
  const due = new Set<string>();
  let collecting: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    while (due.size > 0) {
      const ids = [...due].slice(0, BATCH);
      for (const id of ids) due.delete(id);
      await renew(ids).catch(() => {});
    }
    running = undefined;
  };

  return {
    add: (id: string): void => {
      due.add(id);
      if (running || collecting) return;
      collecting = setTimeout(() => {
        collecting = undefined;
        running = run();
      }, collectMs).unref();
    },
    /** Ends when nothing is under way any more. */
    stop: async (): Promise<void> => {
      clearTimeout(collecting);
      due.clear();
      await running;
    },
  };
}
