import { eventJson } from "@/lib/event-store/event-json";
import type { EventStore } from "@/lib/event-store/store";
import type { Hub } from "@/lib/live/hub";
import { type LiveFilter, runSession } from "@/lib/live/session";
import { frame, frameStream, type SseLimits, sseLimits } from "@/lib/live/sse";

/** What a stream reads from, and how it ends. */
export type FrameSource = {
  readonly store: Pick<EventStore, "readAll">;
  readonly hub: Hub;
  readonly signal: AbortSignal;
  /** Called once, when nothing more will be written. */
  readonly onEnd: () => void;
};

/**
 * The log above `after` as server-sent events: one frame an event, `id:` its position. `signal` ends it from our side; the
 * viewer ends it by going away. Ends with a comment that says why, unless the viewer has gone.
 */
export function eventFrames(
  { store, hub, signal, onEnd }: FrameSource,
  after: bigint,
  filter: LiveFilter,
  limits: SseLimits = sseLimits,
): ReadableStream<Uint8Array> {
  return frameStream({
    signal,
    onEnd,
    limits,
    hello: `: after ${after}\n\n`,
    beat: () => ": beat\n\n",
    farewell: (why) => `: ${why}; reconnect with Last-Event-ID\n\n`,
    run: ({ write, room, signal: ends }) =>
      runSession(
        {
          store,
          hub,
          signal: ends,
          sink: { room, push: (event) => write(frame("event", String(event.position), eventJson(event))) },
        },
        after,
        filter,
      ),
  });
}
