import { createShare, type LiveShare, type OnFrame, type ShareMessage } from "./live-share";
import { openLiveStream } from "./live-stream";
import type { LiveState, LiveTopic } from "./live-topic";

/** The connection, and when this tab last heard of it (ms since 1970), null before. */
export type Live = { readonly state: LiveState; readonly lastAt: number | null };

/** The live feed as a page sees it. */
type LiveTab = {
  readonly follow: (topic: LiveTopic, after: string | undefined, onFrame: OnFrame) => () => void;
  readonly live: () => Live;
  readonly watch: (onChange: () => void) => () => void;
};

/** The leading tab tells the others every second how it is; without a word for so long they say so, then take over. */
const BEAT_MS = 1_000;
const STALE_AFTER_MS = 5_000;
const TAKE_OVER_AFTER_MS = 10_000;
/** How often the leading tab has the others say that they are still there. */
const ROLL_EVERY_MS = 15_000;
/** How long a tab that follows nothing keeps the lead. */
const LINGER_MS = 2_000;

const tabs = new Map<string, LiveTab>();

/** This tab's part in the live feed of a store. One for the whole tab, however many things on its pages are live. */
export function liveTab(store: string): LiveTab {
  const known = tabs.get(store) ?? openTab(store);
  tabs.set(store, known);
  return known;
}

/**
 * A browser opens six connections to a server, and a stream holds one for good: ten tabs with a stream each would leave
 * none to load a page with. So the tabs elect one of those that are in view, by a lock that the browser gives on when its
 * holder goes, and it streams for all. Where a browser has no locks, as over plain HTTP, each tab in view streams alone.
 */
function openTab(store: string): LiveTab {
  const name = `tidemark-live:${store}`;
  const elects = "locks" in navigator && "BroadcastChannel" in window;
  const channel = elects ? new BroadcastChannel(name) : undefined;
  const watchers = new Set<() => void>();
  let heardAt = Date.now();
  let lastAt: number | null = null;
  let resign: (() => void) | undefined;
  const changed = () => {
    for (const watcher of watchers) watcher();
  };
  const share: LiveShare = createShare(crypto.getRandomValues(new Uint32Array(2)).join("-"), {
    open: (topics, events) => openLiveStream(store, topics, events),
    post: (message) => channel?.postMessage(message),
    onState(state) {
      if (state === "live") lastAt = Date.now();
      changed();
    },
    later(act, ms) {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
  });

  function stand(steal: boolean): void {
    resign?.();
    if (!elects) {
      share.lead(true);
      resign = () => share.lead(false);
      return;
    }
    const withdraw = new AbortController();
    let end: () => void = () => undefined;
    const term = new Promise<void>((resolve) => {
      end = resolve;
    });
    const candidacy = () => {
      withdraw.abort();
      end();
      share.lead(false);
    };
    resign = candidacy;
    const hold = () => {
      if (resign !== candidacy) return;
      share.lead(true);
      return term;
    };
    // Another tab that heard nothing from us takes the lock away: then we are a candidate like any other.
    navigator.locks.request(name, steal ? { steal } : { signal: withdraw.signal }, hold).catch(() => {
      if (resign !== candidacy) return;
      candidacy();
      resign = undefined;
      attend();
    });
  }

  /** In view and following something: a candidate. Else quiet. */
  function attend(): void {
    share.quiet(document.hidden);
    if (document.hidden || share.size() === 0) {
      resign?.();
      resign = undefined;
    } else if (!resign) {
      heardAt = Date.now();
      stand(false);
    }
  }

  function beat(): void {
    if (document.hidden || share.size() === 0) return;
    if (share.state() === "live") lastAt = Date.now();
    if (share.leads()) {
      share.tellState();
      return;
    }
    const silentMs = Date.now() - heardAt;
    if (silentMs > STALE_AFTER_MS) share.miss();
    if (silentMs > TAKE_OVER_AFTER_MS) {
      heardAt = Date.now();
      stand(true);
    }
  }

  channel?.addEventListener("message", ({ data }: MessageEvent<ShareMessage>) => {
    if (data.kind === "state" || data.kind === "frame" || data.kind === "who") heardAt = Date.now();
    share.receive(data);
  });
  document.addEventListener("visibilitychange", attend);
  window.addEventListener("pagehide", () => {
    share.quiet(true);
    resign?.();
    resign = undefined;
  });
  window.addEventListener("pageshow", attend);
  setInterval(beat, BEAT_MS);
  setInterval(() => share.roll(), ROLL_EVERY_MS);

  return {
    follow(topic, after, onFrame) {
      const leave = share.subscribe(topic, after, onFrame);
      attend();
      return () => {
        leave();
        // One page goes, the next comes: the lead stays where it is meanwhile.
        setTimeout(attend, LINGER_MS);
      };
    },
    live: () => ({ state: share.state(), lastAt }),
    watch(onChange) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
  };
}
