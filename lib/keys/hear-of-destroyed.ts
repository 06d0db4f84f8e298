import { listen } from "@/lib/db/listener";
import type { KeyCache } from "@/lib/keys/key-cache";

const CHANNEL = "tidemark_keys";

/**
 * Keeps a cache in step with the key database: a destroyed key is forgotten when it is told of, and everything when the
 * connection is lost, since what is told meanwhile is lost, too. `onConnect` runs after every (re)connection; `tell` reaches
 * everybody else who keeps something that was opened.
 */
export function hearOfDestroyed(url: string, cache: KeyCache, onConnect: () => void) {
  const stop = new AbortController();
  const listeners: (() => void)[] = [];
  const tell = () => {
    for (const listener of listeners) listener();
  };
  let listening: Promise<void> | undefined;
  return {
    begin: () => {
      listening ??= listen({
        url,
        channel: CHANNEL,
        signal: stop.signal,
        onMessage: (id) => {
          cache.forget(id);
          tell();
        },
        onConnect: () => {
          cache.flush(true);
          tell();
          onConnect();
        },
        onError: () => cache.flush(false),
      });
    },
    listen: (listener: () => void) => void listeners.push(listener),
    stop: async () => {
      stop.abort();
      await listening;
    },
  };
}
