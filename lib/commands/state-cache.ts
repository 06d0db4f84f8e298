import type { StateAtVersion } from "@/lib/catalog/fold-stream";

/** The most recently used states, by stream. */
export type StateCache = {
  get(stream: string): StateAtVersion | undefined;
  /** `news` as it was before the state was folded: one that was folded while all was forgotten is not remembered. */
  set(stream: string, at: StateAtVersion, news: number): void;
  delete(stream: string): void;
  /** How often all was forgotten. */
  readonly news: number;
  /** Forgets all states: they may hold what a person was promised to be forgotten. */
  clear(): void;
};

/**
 * Remembers folded states so that a long stream is not read from its start for each command. Events never change, so a
 * remembered state can be old but not wrong: callers always read on from its version. Holds at most `size` streams.
 */
export function createStateCache(size: number): StateCache {
  const states = new Map<string, StateAtVersion>();
  let news = 0;
  return {
    get news() {
      return news;
    },
    clear() {
      news += 1;
      states.clear();
    },
    get(stream) {
      const found = states.get(stream);
      if (!found) return undefined;
      states.delete(stream); // A Map keeps insertion order: the first key is the one used longest ago.
      states.set(stream, found);
      return found;
    },
    set(stream, at, before) {
      if (before !== news) return;
      states.delete(stream);
      states.set(stream, at);
      const oldest = states.keys().next();
      if (states.size > size && !oldest.done) states.delete(oldest.value);
    },
    delete: (stream) => void states.delete(stream),
  };
}
