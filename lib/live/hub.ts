import { listen } from "@/lib/db/listener";
import { createWake, pollLoop } from "@/lib/db/poll-loop";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { EventStore } from "@/lib/event-store/store";

/** Everything at or below `position` has been given to the hub's viewers or lies before its memory. */
type Tail = {
  readonly position: bigint;
  readonly since: bigint;
  readonly events: readonly RecordedEvent[];
  /** How long ago the log was last read, in milliseconds: a store that is away is not a log in which nothing happens. */
  readonly ageMs: number;
};

/** One place that reads the end of the log, however many look on. */
export type Hub = {
  /** What the hub remembers: the events above `since` up to `position`. */
  readonly tail: () => Tail;
  /** Hands each new event to `viewer`, in the order of the log, until the returned function is called. */
  readonly join: (viewer: (event: RecordedEvent) => void) => () => void;
  /** Resolves when the hub has begun; rejects when its first look at the log failed. */
  readonly ready: Promise<void>;
  readonly close: () => Promise<void>;
};

/** Where the hub looks: the store, and the channel on which the high-water agent gives its hints. */
export type HubSource = {
  readonly store: Pick<EventStore, "readAll" | "highWater">;
  readonly url: string;
  readonly channel: string;
};

/** The poll beneath the notifications, and what is kept for those who are just catching up. */
const POLL_MS = 500;
const PAGE = 100;
const REMEMBERED_EVENTS = 2_000;
const REMEMBERED_BYTES = 8 * 1024 * 1024;

/**
 * Opens a hub: one LISTEN and one reader of the log for the whole process. A notification only means "look now"; what is
 * handed out is read from the log below the high-water mark, and a lost notification costs at most half a second.
 */
export function openHub({ store, url, channel }: HubSource): Hub {
  const stop = new AbortController();
  const { signal } = stop;
  const wake = createWake();
  const viewers = new Set<(event: RecordedEvent) => void>();
  let remembered: RecordedEvent[] = [];
  let bytes = 0;
  let since = 0n;
  let position = 0n;
  let lookedAt = performance.now();

  const ready = store.highWater().then((mark) => {
    position = mark.position;
    since = mark.position;
  });
  ready.catch(() => undefined);

  async function look(): Promise<boolean> {
    const mark = (await store.highWater()).position;
    lookedAt = performance.now();
    if (mark <= position) return false;
    const events = await store.readAll({ after: position, limit: PAGE, upToHighWater: true });
    const full = events.length === PAGE;
    for (const event of events) {
      remember(event);
      for (const viewer of viewers) viewer(event);
    }
    // A page that is not full reaches at least to the mark that was read before it; gaps above its last event are final.
    const last = events.at(-1)?.position ?? position;
    position = full || last > mark ? last : mark;
    return full;
  }

  function remember(event: RecordedEvent): void {
    remembered.push(event);
    bytes += event.data.length;
    while (remembered.length > REMEMBERED_EVENTS || (bytes > REMEMBERED_BYTES && remembered.length > 0)) {
      const forgotten = remembered.shift();
      if (!forgotten) break;
      bytes -= forgotten.data.length;
      since = forgotten.position;
    }
  }

  const running = ready
    .then(() =>
      Promise.all([
        pollLoop({
          signal,
          wake,
          work: look,
          idleMs: POLL_MS,
          errorMs: 200,
          maxErrorMs: 2_000,
          onError: () => undefined,
        }),
        listen({ url, channel, signal, onMessage: wake.wake, onConnect: wake.wake }),
      ]),
    )
    .then(() => undefined);
  running.catch(() => undefined);

  return {
    tail: () => ({ position, since, events: remembered, ageMs: performance.now() - lookedAt }),
    join(viewer) {
      viewers.add(viewer);
      return () => void viewers.delete(viewer);
    },
    ready,
    async close() {
      stop.abort();
      wake.wake();
      viewers.clear();
      remembered = [];
      await running.catch(() => undefined);
    },
  };
}
