const KEY = Symbol.for("tidemark.on-stop");

/** What must end before this process can: open streams, above all. Bundles share it, so it hangs on `globalThis`. */
const held = globalThis as unknown as Record<symbol, Set<() => void> | undefined>;

/** Calls `close` when this process is told to stop. Returns how to take that back. */
export function onStop(close: () => void): () => void {
  const closers = held[KEY] ?? new Set();
  held[KEY] = closers;
  closers.add(close);
  return () => void closers.delete(close);
}

/** Calls everything that was registered, once; a failing one keeps none of the others from closing. */
export function closeAll(): void {
  const closers = [...(held[KEY] ?? [])];
  held[KEY]?.clear();
  for (const close of closers) {
    try {
      close();
    } catch {
      // What cannot close itself ends with the process.
    }
  }
}
