import { idsOf, type PreparedAppend } from "@/lib/event-store/prepare-append";
import type { WriteResult } from "@/lib/event-store/recorded-event";
import { Unavailable } from "@/lib/kernel/errors";

/** An append with the caller that waits for it. */
export type Waiting = {
  readonly append: PreparedAppend;
  readonly resolve: (results: readonly WriteResult[]) => void;
  readonly reject: (error: unknown) => void;
  /** When it came, by `performance.now()`. */
  readonly since: number;
};

/** Appends in the order of arrival, and what is under way. */
export type AppendQueue = {
  /** Rejects the append at once when too many wait already. */
  readonly add: (waiting: Waiting) => void;
  /**
   * The next call: as much as fits, in order, without what must wait for something under way. May be empty. `among` callers
   * that are free at once share what waits.
   */
  readonly take: (among: number) => Waiting[];
  /** Gives back the streams and ids of an append that has been answered. */
  readonly done: (waiting: Waiting) => void;
};

/** Beyond this a queue only hides that the database is too slow. */
const QUEUE_MAX = 20_000;
const CALL_BYTES = 2 * 1024 * 1024;
/** How far past appends that must wait a call is filled. */
const LOOK_AHEAD = 1_024;

/**
 * A queue that never lets two calls touch one stream or one id at a time, nor one append overtake another of the same
 * stream. Within a call, appends may share a stream, because the store takes them in order, but never an id.
 */
export function createAppendQueue(maxBatch: number): AppendQueue {
  let waiting: Waiting[] = [];
  const streams = new Map<string, number>();
  const ids = new Set<string>();

  return {
    add(entry) {
      if (waiting.length < QUEUE_MAX) waiting.push(entry);
      else
        entry.reject(new Unavailable(`More than ${QUEUE_MAX} appends wait for the database. Slow down and try again.`));
    },
    take(among) {
      const share = Math.min(maxBatch, Math.ceil(waiting.length / among));
      const taken: Waiting[] = [];
      const left: Waiting[] = [];
      // What the appends that are passed over will need: nobody behind them may take it first.
      const blocked = new Set<string>();
      const blockedIds = new Set<string>();
      let bytes = 0;
      let index = 0;
      for (; index < waiting.length && taken.length < share && left.length < LOOK_AHEAD; index++) {
        const entry = waiting[index];
        if (!entry) break;
        const { append } = entry;
        if (taken.length > 0 && bytes + append.bytes > CALL_BYTES) break;
        const names = append.writes.map((write) => write.stream);
        const own = idsOf(append);
        if (
          names.some((name) => blocked.has(name) || streams.has(name)) ||
          own.some((id) => ids.has(id) || blockedIds.has(id))
        ) {
          for (const name of names) blocked.add(name);
          for (const id of own) blockedIds.add(id);
          left.push(entry);
          continue;
        }
        for (const id of own) ids.add(id);
        bytes += append.bytes;
        taken.push(entry);
      }
      // Only now, so that appends of one call may share a stream.
      for (const { append } of taken) {
        for (const { stream } of append.writes) streams.set(stream, (streams.get(stream) ?? 0) + 1);
      }
      waiting = left.length === 0 ? waiting.slice(index) : left.concat(waiting.slice(index));
      return taken;
    },
    done({ append }) {
      for (const id of idsOf(append)) ids.delete(id);
      for (const { stream } of append.writes) {
        const left = (streams.get(stream) ?? 1) - 1;
        if (left === 0) streams.delete(stream);
        else streams.set(stream, left);
      }
    },
  };
}
