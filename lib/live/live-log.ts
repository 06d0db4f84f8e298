import { highWaterChannel } from "@/lib/event-store/high-water-channel";
import type { EventStore } from "@/lib/event-store/store";
import { Unavailable } from "@/lib/kernel/errors";
import { onStop } from "@/lib/kernel/on-stop";
import { eventFrames, type FrameSource } from "@/lib/live/event-frames";
import { openGauge } from "@/lib/live/gauge";
import { type Hub, openHub } from "@/lib/live/hub";
import type { LiveFilter } from "@/lib/live/session";
import type { GaugeName, WatchedTopic } from "@/lib/live/topic";
import { type Gauges, topicFrames } from "@/lib/live/topic-frames";
import { observedViewers } from "@/lib/telemetry/observed";

/** What the live log of a process needs. */
export type LiveSource = { readonly store: EventStore; readonly databaseUrl: string; readonly schema: string };

type Live = { hub: Hub | undefined; gauges: Gauges | undefined; viewers: number; stop: AbortController };

/** Viewers of one process; each costs memory and a place in the hub. */
const VIEWERS_MAX = 500;

const KEY = Symbol.for("tidemark.live");
const held = globalThis as unknown as Record<symbol, Live | undefined>;

/** What the gauges of a process read. */
export type GaugeReads = Readonly<Record<GaugeName, () => Promise<unknown>>>;

/** How often a gauge looks while somebody follows it, in milliseconds. */
const GAUGE_EVERY_MS = 1_000;

/**
 * Opens one viewer's stream. `after` undefined begins at the high-water mark. The first viewer opens the process's hub,
 * the last one closes it. Throws `Unavailable` when there are too many or the log cannot be read.
 */
export function watchLog(
  source: LiveSource,
  request: { readonly after: bigint | undefined; readonly filter: LiveFilter; readonly signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  return watch(source, request.signal, (frames) =>
    eventFrames(frames, request.after ?? frames.hub.tail().position, request.filter),
  );
}

/** Opens one viewer's stream of many topics; else as `watchLog`. The gauges are shared by all viewers of the process. */
export function watchTopics(
  source: LiveSource & { readonly gauges: GaugeReads },
  request: { readonly topics: readonly WatchedTopic[]; readonly signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  return watch(source, request.signal, (frames, live) => {
    live.gauges ??= {
      lag: openGauge(source.gauges.lag, GAUGE_EVERY_MS),
      runs: openGauge(source.gauges.runs, GAUGE_EVERY_MS),
      alerts: openGauge(source.gauges.alerts, GAUGE_EVERY_MS),
    };
    return topicFrames({ ...frames, gauges: live.gauges }, request.topics);
  });
}

async function watch(
  source: LiveSource,
  viewer: AbortSignal,
  open: (frames: FrameSource, live: Live) => ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  const live = liveOf();
  if (live.viewers >= VIEWERS_MAX) throw new Unavailable(`There are ${VIEWERS_MAX} live viewers already. Close some.`);
  live.viewers += 1;
  const leave = () => {
    live.viewers -= 1;
    if (live.viewers === 0) closeHub(live);
  };
  try {
    live.hub ??= openHub({ store: source.store, url: source.databaseUrl, channel: highWaterChannel(source.schema) });
    const { hub } = live;
    await hub.ready;
    const signal = AbortSignal.any([viewer, live.stop.signal]);
    return open({ store: source.store, hub, signal, onEnd: leave }, live);
  } catch (error) {
    closeHub(live);
    leave();
    throw error;
  }
}

/** Ends every open stream of this process and its hub; called when the process is told to stop. */
export function closeAllLive(): void {
  const live = held[KEY];
  delete held[KEY];
  live?.stop.abort();
  for (const gauge of Object.values(live?.gauges ?? {})) gauge.close();
  if (live) closeHub(live);
}

/** Bundles share it, so it hangs on `globalThis`. */
function liveOf(): Live {
  const known = held[KEY];
  if (known) return known;
  const made: Live = { hub: undefined, gauges: undefined, viewers: 0, stop: new AbortController() };
  held[KEY] = made;
  observedViewers.count = () => held[KEY]?.viewers ?? 0;
  onStop(closeAllLive);
  return made;
}

function closeHub(live: Live): void {
  void live.hub?.close();
  live.hub = undefined;
}
