"use client";
import { useEffect, useRef, useState } from "react";

/** How the connection is: `live` while beats arrive, `stale` when it was lost, `offline` after 9 s without, `off` by choice. */
export type LiveState = "off" | "connecting" | "live" | "stale" | "offline";

/** The connection, and when the last thing came over it (ms since 1970), null before. */
export type Live = { readonly state: LiveState; readonly lastAt: number | null };

/** How long without a connection before the page says that it is offline, and the rest between tries; milliseconds. */
const OFFLINE_AFTER_MS = 9_000;
const AGAIN_MS = 3_000;

/**
 * Opens one event stream at `url` while `on`, and hands each event's JSON text and position to `onEvent`. The browser
 * reconnects by itself with the last position it saw, so nothing is lost or repeated. A hidden tab closes its stream
 * and takes it up where it was when it is shown again.
 */
export function useLive(options: {
  on: boolean;
  url: (after: string) => string;
  after: string;
  onEvent: (data: string, position: string) => void;
}): Live {
  const { on, after } = options;
  const [state, setState] = useState<LiveState>(on ? "connecting" : "off");
  const lastAt = useRef<number | null>(null);
  const position = useRef(after);
  const latest = useRef(options);
  latest.current = options;

  useEffect(() => {
    if (!on) return setState("off");
    let source: EventSource | undefined;
    let lost: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      if (document.hidden || source) return;
      source = new EventSource(latest.current.url(position.current));
      source.addEventListener("open", () => {
        clearTimeout(lost);
        lost = undefined;
        lastAt.current = Date.now();
        setState("live");
      });
      source.addEventListener("event", (event) => {
        lastAt.current = Date.now();
        if (event.lastEventId) position.current = event.lastEventId;
        latest.current.onEvent(String(event.data), event.lastEventId);
      });
      source.addEventListener("error", () => {
        if (lost === undefined) {
          setState("stale");
          lost = setTimeout(() => setState("offline"), OFFLINE_AFTER_MS);
        }
        // The browser reconnects by itself unless the server refused; then it is asked again after a while.
        if (source?.readyState === EventSource.CLOSED) {
          close();
          again = setTimeout(open, AGAIN_MS);
        }
      });
    };
    const close = () => {
      source?.close();
      source = undefined;
    };
    const onVisibility = () => (document.hidden ? close() : open());
    document.addEventListener("visibilitychange", onVisibility);
    open();
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(lost);
      clearTimeout(again);
      close();
    };
  }, [on]);
  return { state, lastAt: lastAt.current };
}
