import type { EventStore } from "@/lib/event-store/store";
import type { Hub } from "@/lib/live/hub";
import { conditions, type LiveFilter, passes } from "@/lib/live/session";

/** A page is drawn anew at most every second; more hints than this help nobody. Milliseconds. */
const HINT_EVERY_MS = 250;

/**
 * Tells `hint` the position of the newest event above `after` that the filter lets through: at once when there is one
 * already, then as the log grows, the newest only, at most four times a second. Resolves when `signal` is aborted or
 * `hint` answered false; rejects when the log could not be read.
 */
export async function followMoved(
  parts: {
    readonly store: Pick<EventStore, "readAll">;
    readonly hub: Hub;
    readonly signal: AbortSignal;
    readonly hint: (position: bigint) => boolean;
  },
  after: bigint,
  filter: LiveFilter,
): Promise<"ended" | "too-slow"> {
  const { store, hub, signal, hint } = parts;
  await hub.ready;
  let told = after;
  let newest = after;
  let rest: NodeJS.Timeout | undefined;
  let end: (why: "ended" | "too-slow") => void = () => undefined;
  const ended = new Promise<"ended" | "too-slow">((resolve) => {
    end = resolve;
  });
  const tell = () => {
    rest = undefined;
    if (newest <= told) return;
    told = newest;
    if (!hint(newest)) return end("too-slow");
    rest = setTimeout(tell, HINT_EVERY_MS);
  };
  const see = (position: bigint) => {
    if (position > newest) newest = position;
    if (rest === undefined) tell();
  };
  // Joined before the log is asked, so that nothing falls between the answer and the first event.
  const leave = hub.join((event) => {
    if (passes(event, filter)) see(event.position);
  });
  const onAbort = () => end("ended");
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) return "ended";
    const [last] = await store.readAll({ after, limit: 1, direction: "backwards", ...conditions(filter) });
    if (last) see(last.position);
    return await ended;
  } finally {
    leave();
    clearTimeout(rest);
    signal.removeEventListener("abort", onAbort);
  }
}
