import type { Catalog } from "@/lib/catalog/catalog";
import { type Folded, foldEvent } from "@/lib/catalog/fold";
import type { Decider } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";

/** What folding reads from: a part of one stream, in the order of versions. */
export type StreamReader = {
  readonly readStreamToFold: (
    stream: string,
    page: { readonly from: number; readonly limit: number },
  ) => Promise<readonly RecordedEvent[]>;
};

/** A state as it was at a version of its stream. */
export type StateAtVersion = { readonly state: unknown; readonly version: number };

/** One folded event: what it made of the state, or why it was passed over, and the state before it. */
type FoldStep = { readonly event: RecordedEvent; readonly folded: Folded<unknown>; readonly before: unknown };

/** How a fold is done. */
export type StreamFold = {
  readonly decider: Decider;
  readonly stream: string;
  /** Where to start: the state at a version; absent, the initial state before the first event. */
  readonly from?: StateAtVersion | undefined;
  /** The last version to fold; absent, as far as the stream goes. */
  readonly last?: number | undefined;
  /**
   * Asked once, when the stream turns out to be longer than its first page: a later state to go on from, if there is one.
   * Most streams end on their first page, and nothing is asked for them.
   */
  readonly leap?: (() => Promise<StateAtVersion | undefined>) | undefined;
  /** `masked`: whoever folds shows no personal value, so it goes on without what the key store does not answer for. */
  readonly personal?: "masked" | undefined;
  /** Asked before an event is folded; `false` ends the fold in front of it. */
  readonly accepts?: ((event: RecordedEvent) => boolean) | undefined;
  /** Sees each event once it is folded; `false` ends the fold behind it. What it throws ends the fold, too. */
  readonly visit?: ((step: FoldStep) => boolean | undefined) | undefined;
};

/** Where a fold ended: the state, the version of the last event it took, and the version it started from. */
export type FoldedStream = StateAtVersion & {
  readonly startedAt: number;
  /** False: personal values in the state are stand-ins, since the key store did not answer. */
  readonly keysAnswered: boolean;
};

const FIRST_PAGE = 100;
const PAGE_MAX = 1_000;
/** About how many bytes of payload a page may hold; events may have up to 1 MiB each. */
const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * Folds a part of a stream with its decider, a page at a time, the next page being read while one is folded. Memory stays
 * at two pages of at most 1,000 events and some 8 MiB, however long the stream is. Throws `DecodeFailed` or `FoldFailed`
 * naming the event that broke the fold, and what `visit` throws.
 */
export async function foldStream(
  source: { readonly store: StreamReader; readonly catalog: Catalog },
  fold: StreamFold,
): Promise<FoldedStream> {
  const { decider, stream, last = Number.POSITIVE_INFINITY } = fold;
  let { state, version } = fold.from ?? { state: decider.initialState() as unknown, version: 0 };
  let startedAt = version;
  let keysAnswered = true;
  const read = (after: number, limit: number): Page => {
    const size = Math.min(limit, last - after);
    const events =
      size > 0 ? source.store.readStreamToFold(stream, { from: after + 1, limit: size }) : Promise.resolve([]);
    events.catch(() => undefined); // A page read ahead may never be looked at.
    return { size, events };
  };

  let page = read(version, FIRST_PAGE);
  for (let first = true; ; first = false) {
    const events = await page.events;
    if (fold.personal !== "masked") await source.catalog.bringKeys(events);
    else if (!(await source.catalog.bringKeysIfAnswered(events))) keysAnswered = false;
    const end = events.at(-1);
    const full = end !== undefined && events.length === page.size && end.version < last;
    const later = first && full && version === 0 ? await fold.leap?.() : undefined;
    if (later && later.version > version && later.version <= last) {
      ({ state, version } = later);
      startedAt = version;
      page = read(version, PAGE_MAX);
      continue;
    }
    if (full) {
      page = read(end.version, pageLimit(events));
      // What is asked for is sent when this process has nothing else to do, and folding leaves it no such moment.
      await new Promise(setImmediate);
    }
    for (const event of events) {
      if (fold.accepts?.(event) === false) return { state, version, startedAt, keysAnswered };
      const folded = foldEvent(source.catalog, decider, state, event);
      const before = state;
      if ("state" in folded) ({ state } = folded);
      ({ version } = event);
      if (fold.visit?.({ event, folded, before }) === false) return { state, version, startedAt, keysAnswered };
    }
    if (!full) return { state, version, startedAt, keysAnswered };
  }
}

type Page = { readonly size: number; readonly events: Promise<readonly RecordedEvent[]> };

/** How many times as long as the last one a page is: what is folded and what is read meanwhile take about as long. */
const GROWTH = 2;

/** As many events as PAGE_BYTES would hold if they were like the last ones. */
function pageLimit(events: readonly RecordedEvent[]): number {
  const characters = events.reduce((sum, { data }) => sum + data.length, 0);
  return Math.max(
    1,
    Math.min(PAGE_MAX, GROWTH * events.length, Math.floor((PAGE_BYTES * events.length) / Math.max(1, characters))),
  );
}
