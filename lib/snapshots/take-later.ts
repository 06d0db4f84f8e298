/** Work that waits for a quiet moment: by name, one after the other, each name once at a time. */
export type TakeLater = {
  /** Asks for a name's work; dropped when it waits already or too much waits. Never throws. */
  readonly ask: (name: string) => void;
  /** Resolves when nothing waits or runs. */
  readonly idle: () => Promise<void>;
  /** Forgets what waits; what fails from now on fails silently, for the process is ending. */
  readonly stop: () => void;
};

/** At most this many wait; whoever is dropped is asked for again by its next load. */
const WAITING_MAX = 100;

/** Makes a queue over `work`, which is called for one name at a time; what it throws goes to `onError`. */
export function takeLater(
  work: (name: string) => Promise<unknown>,
  onError: (error: unknown, name: string) => void,
): TakeLater {
  const waiting = new Set<string>();
  let running: Promise<void> | undefined;
  let stopped = false;

  const runAll = async () => {
    // The caller that asked is answered first.
    await new Promise((resolve) => setImmediate(resolve));
    for (const name of waiting) {
      await work(name).catch((error: unknown) => stopped || onError(error, name));
      waiting.delete(name);
    }
    running = undefined;
  };
  return {
    ask(name) {
      if (stopped || waiting.size >= WAITING_MAX) return;
      waiting.add(name);
      running ??= runAll();
    },
    idle: async () => {
      while (running) await running;
    },
    stop: () => {
      stopped = true;
      waiting.clear();
    },
  };
}
