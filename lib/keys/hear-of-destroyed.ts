import { listen } from "@/lib/db/listener";
import type { KeyCache } from "@/lib/keys/key-cache";

const CHANNEL = "tidemark_keys";

/**
 * Keeps a cache in step with the key database: a destroyed key is forgotten when it is told of, and everything when the
 * connection is lost, since what is told meanwhile is lost, too. `onConnect` runs after every (re)connection.
 */
export function hearOfDestroyed(url: string, cache: KeyCache, onConnect: () => void) {
  const stop = new AbortController();
  let listening: Promise<void> | undefined;
  return {
    begin: () => {
      listening ??= listen({
        url,
        channel: CHANNEL,
        signal: stop.signal,
        onMessage: (id) => cache.forget(id),
        onConnect: () => {
          cache.flush(true);
          onConnect();
        },
        onError: () => cache.flush(false),
      });
    },
    stop: async () => {
      stop.abort();
      await listening;
    },
  };
}
