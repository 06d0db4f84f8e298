import { eventJson } from "@/lib/event-store/event-json";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { requestOfTombstone } from "@/lib/kernel/tombstone";
import type { FrameSource } from "@/lib/live/event-frames";
import type { Gauge } from "@/lib/live/gauge";
import { followMoved } from "@/lib/live/moved";
import { runSession } from "@/lib/live/session";
import { type FrameSink, frame, frameStream, type SseLimits, sseLimits } from "@/lib/live/sse";
import { type GaugeName, resumeId, type WatchedTopic } from "@/lib/live/topic";

/** The gauges of a process. */
export type Gauges = Readonly<Record<GaugeName, Gauge>>;

/** Beats are frames here: a page says after 5 s without any that what it shows is old. */
const topicLimits: SseLimits = { ...sseLimits, heartbeatMs: 2_000 };

/** A log that was not read for so long is not known to be quiet, in milliseconds. */
const SILENT_MS = 3_000;

/**
 * Many topics over one stream of server-sent events. A frame's event is the number of its topic in the order they were
 * asked for, its data the event, the position of the newest, or the gauge's value; `id:` is the viewer's place in all of
 * them. `beat` says that the stream lives and whether the log could be read; `end` is the last one and says why. A viewer
 * that is too slow is let go, and takes up every topic where it stood when it comes back with its last id.
 */
export function topicFrames(
  { store, hub, gauges, signal, onEnd }: FrameSource & { readonly gauges: Gauges },
  topics: readonly WatchedTopic[],
  limits: SseLimits = topicLimits,
): ReadableStream<Uint8Array> {
  const begin = hub.tail().position;
  const places = topics.map((watched) => ("filter" in watched ? (watched.after ?? begin) : undefined));
  const tailing = new Set<number>();
  /** What has been handed out up to the hub's place was for these viewers, too, even if the filter let none of it through. */
  const id = () => {
    const { position } = hub.tail();
    for (const index of tailing) if (position > (places[index] ?? position)) places[index] = position;
    return resumeId(places);
  };
  const log = () => (hub.tail().ageMs > SILENT_MS ? "silent" : "read");

  const follow = async (watched: WatchedTopic, index: number, sink: FrameSink): Promise<"ended" | "too-slow"> => {
    const send = (data: string) => sink.write(frame(String(index), resumeId(places), data));
    if (!("filter" in watched)) return followGauge(gauges[watched.topic], send, sink.signal);
    const after = places[index] ?? begin;
    // What was not written is not behind the viewer: another topic's frame must not carry it as its place.
    const sendAt = (position: bigint, data: string): boolean => {
      const before = places[index];
      places[index] = position;
      if (send(data)) return true;
      places[index] = before;
      return false;
    };
    if (watched.topic === "moved") {
      const hint = (position: bigint) => sendAt(position, String(position));
      return followMoved({ store, hub, signal: sink.signal, hint }, after, watched.filter);
    }
    const said = watched.topic === "forgotten" ? forgottenJson : eventJson;
    const push = (event: RecordedEvent) => sendAt(event.position, said(event));
    const onTail = () => tailing.add(index);
    return runSession(
      { store, hub, signal: sink.signal, sink: { push, room: sink.room, onTail } },
      after,
      watched.filter,
    );
  };

  return frameStream({
    signal,
    onEnd,
    limits,
    hello: frame("beat", resumeId(places), log()),
    beat: () => frame("beat", id(), log()),
    farewell: (why) => `event: end\ndata: ${why}\n\n`,
    // The first topic that ends ends the stream: what a viewer misses in one, it must not believe to have in another.
    run: (sink) => Promise.race(topics.map((watched, index) => follow(watched, index, sink))),
  });
}

/** By which request somebody was forgotten: pages drop what they show, whoever it was. */
function forgottenJson({ stream }: RecordedEvent): string {
  return JSON.stringify({ request: requestOfTombstone(stream) });
}

function followGauge(
  gauge: Gauge,
  send: (text: string) => boolean,
  signal: AbortSignal,
): Promise<"ended" | "too-slow"> {
  return new Promise((resolve) => {
    const end = (why: "ended" | "too-slow") => {
      leave();
      signal.removeEventListener("abort", onAbort);
      resolve(why);
    };
    const onAbort = () => end("ended");
    let leave: () => void = () => undefined;
    leave = gauge.join((text) => {
      if (!send(text)) end("too-slow");
    });
    if (signal.aborted) end("ended");
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
