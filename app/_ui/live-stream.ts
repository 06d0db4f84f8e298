import { urls } from "@/app/_lib/urls";
import { announce } from "./announce";
import type { StreamEvents } from "./live-desk";
import type { PlacedTopic } from "./live-topic";

/** Without a beat for so long a stream is not believed to live; the server beats every 2 s. Milliseconds. */
const SILENT_AFTER_MS = 5_000;
/** How long without a connection before the page says that it is offline, and the rest between tries. */
const OFFLINE_AFTER_MS = 9_000;
const AGAIN_MS = 3_000;
/** What an attempt may take: a network that swallows everything refuses nothing. */
const ATTEMPT_MS = 10_000;

/**
 * Opens the stream of `topics` and keeps it open: after a loss, a refusal or silence it goes on from the places that were
 * reached, in every topic. Returns how to close it.
 */
export function openLiveStream(store: string, topics: readonly PlacedTopic[], events: StreamEvents): () => void {
  const places = topics.map(({ after }) => after);
  let source: EventSource | undefined;
  let heardAt = performance.now();
  let triedAt = 0;
  let lostAt: number | undefined;

  function connect(): void {
    triedAt = performance.now();
    const asked = topics.map((topic, index) => ({ ...topic, after: places[index] }));
    const opened = new EventSource(urls.liveTopics(store, JSON.stringify(asked)));
    source = opened;
    for (const index of topics.keys()) {
      opened.addEventListener(String(index), (frame) => {
        hear(frame);
        events.onFrame(index, String(frame.data), places[index]);
      });
    }
    opened.addEventListener("beat", (frame) => {
      hear(frame);
      if (frame.data === "silent") lose();
      else {
        lostAt = undefined;
        events.onState("live");
      }
    });
    opened.addEventListener("end", (frame) => {
      if (frame.data === "too slow") announce("More came than this page could take; it goes on from where it was");
    });
    opened.addEventListener("error", lose);
  }

  function hear({ lastEventId }: MessageEvent): void {
    heardAt = performance.now();
    for (const [index, place] of lastEventId.split(".").entries()) if (place !== "-") places[index] = place;
  }

  function lose(): void {
    const now = performance.now();
    lostAt ??= now;
    events.onState(now - lostAt > OFFLINE_AFTER_MS ? "offline" : "stale");
  }

  /** The browser reconnects by itself unless it was refused; it does not notice a connection that has fallen silent. */
  function watch(): void {
    const now = performance.now();
    const silent = now - heardAt > SILENT_AFTER_MS;
    if (silent) lose();
    else if (lostAt !== undefined) lose();
    const closed = source?.readyState === EventSource.CLOSED;
    const hangs = silent && (source?.readyState === EventSource.OPEN || now - triedAt > ATTEMPT_MS);
    if ((closed || hangs) && now - triedAt > AGAIN_MS) reconnect();
  }

  function reconnect(): void {
    source?.close();
    connect();
  }

  const timer = setInterval(watch, 1_000);
  window.addEventListener("offline", lose);
  window.addEventListener("online", reconnect);
  connect();
  return () => {
    clearInterval(timer);
    window.removeEventListener("offline", lose);
    window.removeEventListener("online", reconnect);
    source?.close();
  };
}
