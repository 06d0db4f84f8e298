import type { StateAtVersion } from "@/lib/catalog/fold-stream";

/** The most recently used states, by stream. */
export type StateCache = {
  get(stream: string): StateAtVersion | undefined;
  set(stream: string, at: StateAtVersion): void;
  delete(stream: string): void;
};

/**
 * Remembers folded states so that a long stream is not read from its start for each command. Events never change, so a
 * remembered state can be old but not wrong: callers always read on from its version. Holds at most `size` streams.
 */
export function createStateCache(size: number): StateCache {
  const states = new Map<string, StateAtVersion>();
  return {
    get(stream) {
      const found = states.get(stream);
      if (!found) return undefined;
      states.delete(stream); // A Map keeps insertion order: the first key is the one used longest ago.
      states.set(stream, found);
      return found;
    },
    set(stream, at) {
      states.delete(stream);
      states.set(stream, at);
      const oldest = states.keys().next();
      if (states.size > size && !oldest.done) states.delete(oldest.value);
    },
    delete: (stream) => void states.delete(stream),
  };
}
