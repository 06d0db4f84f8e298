import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";
import { type Batch, type BatchRequest, readBatch } from "@/lib/subscriptions/read-batch";

/** A part of the log that several partitions read from, as the last two readings brought it. It only moves forwards. */
export type SharedWindow = {
  /** Whether everything after this position is in the window, or will be when it is moved on. */
  readonly covers: (after: Position) => boolean;
  /** A batch for a partition that the window covers; reads on where the window ends. */
  readonly read: (request: BatchRequest) => Promise<Batch>;
};

/** Positions from `from` (exclusive) to `to` (inclusive); what was read last begins after `middle`. */
type View = {
  readonly from: Position;
  readonly middle: Position;
  readonly to: Position;
  readonly older: readonly RecordedEvent[];
  readonly newer: readonly RecordedEvent[];
  readonly readAt: string;
  readonly highWater: Position;
};

/** What a window reads: events after `from` of all `types` that its readers handle, `limit` in one reading. */
type WindowRequest = Pick<BatchRequest, "types" | "limit" | "context"> & { readonly from: Position };

/** So near the mark a batch is read with its context even where nobody needs it: its span then joins the trace it serves. */
const NEAR = 5_000n;

/** Events of the first reading: until it is there nobody has anything to do. */
const FIRST_EVENTS = 2_000;

/** A window that begins after `from`. */
export function createSharedWindow(pool: pg.Pool, { types, limit, from, context = true }: WindowRequest): SharedWindow {
  // Until the first reading has shown the mark, it is taken to lie ahead.
  let view: View = { from, middle: from, to: from, older: [], newer: [], readAt: "", highWater: from + 1n };
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  async function moveOn(): Promise<void> {
    const { middle, to, newer } = view;
    const far = { context: context || view.highWater - to < NEAR };
    const size = view.readAt === "" ? Math.min(limit, FIRST_EVENTS) : limit;
    const batch = await readBatch(pool, { types, sliceFrom: 0, sliceTo: 1_024, after: to, limit: size, ...far });
    const { readAt, highWater } = batch;
    view =
      batch.events.length === 0
        ? { ...view, to: batch.to, readAt, highWater }
        : { from: middle, middle: to, to: batch.to, older: newer, newer: batch.events, readAt, highWater };
  }

  /** A reading that starts after this call: one under way may have looked before the event was there that woke us. */
  function fresh(): Promise<void> {
    if (!running) {
      running = moveOn().finally(() => {
        running = undefined;
      });
      return running;
    }
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined;
        return fresh();
      });
    return queued;
  }

  return {
    covers: (after) => after >= view.from,
    async read(request) {
      // While the window runs through history, the reading under way brings what everybody waits for. One that ends at the mark
      // may have looked too early for those who joined it: the next one is for all of them.
      const joined = request.after >= view.to && view.to < view.highWater ? running : undefined;
      await joined;
      if (joined && view.to >= view.highWater) await (running ?? fresh());
      else if (request.after >= view.to) await fresh();
      return request.after >= view.from ? serve(view, request) : await readBatch(pool, request);
    },
  };
}

function serve(view: View, { types, sliceFrom, sliceTo, after, limit }: BatchRequest): Batch {
  const handled = new Set(types);
  const mine = ({ slice, type }: RecordedEvent) => slice >= sliceFrom && slice < sliceTo && handled.has(type);
  const newer = since(view.newer, after).filter(mine);
  const events = after < view.middle ? [...since(view.older, after).filter(mine), ...newer] : newer;
  const { readAt, highWater } = view;
  if (events.length > limit) {
    const cut = events.slice(0, limit);
    return { events: cut, to: cut.at(-1)?.position ?? after, more: true, readAt, highWater };
  }
  return { events, to: view.to > after ? view.to : after, more: view.to < highWater, readAt, highWater };
}

/** The events above a position, found by halving: they are in order. */
function since(events: readonly RecordedEvent[], after: Position): readonly RecordedEvent[] {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.position ?? 0n) <= after) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? events : events.slice(low);
}
