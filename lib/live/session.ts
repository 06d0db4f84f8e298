import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { EventStore } from "@/lib/event-store/store";
import type { Hub } from "@/lib/live/hub";

/** What a viewer wants to see. */
export type LiveFilter = {
  readonly type?: string | undefined;
  readonly category?: string | undefined;
  readonly stream?: string | undefined;
  readonly correlation?: string | undefined;
};

/** Where events go. `room` tells whether more history may be read now; `push` answers false when the viewer is too slow. */
export type LiveSink = {
  readonly push: (event: RecordedEvent) => boolean;
  readonly room: () => Promise<void>;
  /** Called once all history was given: from now on the viewer has what the hub has handed out. */
  readonly onTail?: () => void;
};

const PAGE = 100;

/**
 * Gives a viewer every event above `after` that the filter lets through, in order, none twice and none left out: history
 * by pages first, then the hub's memory, then what the hub hands out. Resolves when `signal` is aborted or the viewer
 * was too slow; rejects when history could not be read.
 */
export async function runSession(
  parts: {
    readonly store: Pick<EventStore, "readAll">;
    readonly hub: Hub;
    readonly sink: LiveSink;
    readonly signal: AbortSignal;
  },
  after: bigint,
  filter: LiveFilter,
): Promise<"ended" | "too-slow"> {
  const { store, hub, sink, signal } = parts;
  await hub.ready;
  let last = after;
  const deliver = (event: RecordedEvent): boolean => {
    if (event.position <= last || !passes(event, filter)) return true;
    last = event.position;
    return sink.push(event);
  };

  while (!signal.aborted) {
    await sink.room();
    if (signal.aborted) break;
    // What the hub has handed out by now is below the mark, so the page that is read next reaches at least as far.
    const covered = hub.tail().position;
    const page = await store.readAll({ after: last, limit: PAGE, upToHighWater: true, ...conditions(filter) });
    if (signal.aborted) break;
    for (const event of page) if (!deliver(event)) return "too-slow";
    if (page.length === PAGE || covered < hub.tail().since) continue;
    return followTail(hub, deliver, signal, sink.onTail);
  }
  return "ended";
}

/** Nothing is awaited between the hub's memory and joining it: no event can fall between the two. */
function followTail(
  hub: Hub,
  deliver: (event: RecordedEvent) => boolean,
  signal: AbortSignal,
  onTail: (() => void) | undefined,
): Promise<"ended" | "too-slow"> {
  for (const event of hub.tail().events) if (!deliver(event)) return Promise.resolve("too-slow");
  return new Promise((resolve) => {
    const end = (why: "ended" | "too-slow") => {
      leave();
      signal.removeEventListener("abort", onAbort);
      resolve(why);
    };
    const onAbort = () => end("ended");
    const leave = hub.join((event) => {
      if (!deliver(event)) end("too-slow");
    });
    onTail?.();
    if (signal.aborted) end("ended");
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Whether a viewer with this filter is to see the event. */
export function passes(
  event: Pick<RecordedEvent, "type" | "stream" | "correlationId">,
  { type, category, stream, correlation }: LiveFilter,
): boolean {
  if (type !== undefined && event.type !== type) return false;
  if (stream !== undefined && event.stream !== stream) return false;
  if (correlation !== undefined && event.correlationId !== correlation) return false;
  return category === undefined || event.stream === category || event.stream.startsWith(`${category}-`);
}

/** The filter as the store reads it. */
export function conditions({ type, category, stream, correlation }: LiveFilter) {
  return {
    ...(type === undefined ? {} : { types: [type] }),
    ...(category === undefined ? {} : { category }),
    ...(stream === undefined ? {} : { stream }),
    ...(correlation === undefined ? {} : { correlationId: correlation }),
  };
}
