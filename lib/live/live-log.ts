import { highWaterChannel } from "@/lib/event-store/high-water-channel";
import type { EventStore } from "@/lib/event-store/store";
import { Unavailable } from "@/lib/kernel/errors";
import { onStop } from "@/lib/kernel/on-stop";
import { type Hub, openHub } from "@/lib/live/hub";
import type { LiveFilter } from "@/lib/live/session";
import { eventFrames } from "@/lib/live/sse";
import { observedViewers } from "@/lib/telemetry/observed";

/** What the live log of a process needs. */
export type LiveSource = { readonly store: EventStore; readonly databaseUrl: string; readonly schema: string };

type Live = { hub: Hub | undefined; viewers: number; stop: AbortController };

/** Viewers of one process; each costs memory and a place in the hub. */
const VIEWERS_MAX = 500;

const KEY = Symbol.for("tidemark.live");
const held = globalThis as unknown as Record<symbol, Live | undefined>;

/**
 * Opens one viewer's stream. `after` undefined begins at the high-water mark. The first viewer opens the process's hub,
 * the last one closes it. Throws `Unavailable` when there are too many or the log cannot be read.
 */
export async function watchLog(
  source: LiveSource,
  request: { readonly after: bigint | undefined; readonly filter: LiveFilter; readonly signal: AbortSignal },
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
    const after = request.after ?? hub.tail().position;
    const signal = AbortSignal.any([request.signal, live.stop.signal]);
    return eventFrames({ store: source.store, hub, signal, onEnd: leave }, after, request.filter);
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
  if (live) closeHub(live);
}

/** Bundles share it, so it hangs on `globalThis`. */
function liveOf(): Live {
  const known = held[KEY];
  if (known) return known;
  const made: Live = { hub: undefined, viewers: 0, stop: new AbortController() };
  held[KEY] = made;
  observedViewers.count = () => held[KEY]?.viewers ?? 0;
  onStop(closeAllLive);
  return made;
}

function closeHub(live: Live): void {
  void live.hub?.close();
  live.hub = undefined;
}
