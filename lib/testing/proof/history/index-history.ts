import type { AppendOperation, History, LogEntry, Write } from "@/lib/testing/proof/history/history";

/** One append with all its tries. `acknowledged` is when the first good answer came; infinite when none did. */
export type LogicalAppend = {
  readonly append: number;
  readonly writes: readonly Write[];
  readonly firstStart: number;
  readonly acknowledged: number;
  /** Every try was refused for certain. */
  readonly failed: boolean;
};

/** A history with everything that checks look things up by. */
export type IndexedHistory = {
  readonly history: History;
  readonly appends: ReadonlyMap<number, LogicalAppend>;
  /** The append that carries an event. */
  readonly appendOf: ReadonlyMap<number, LogicalAppend>;
  /** Where the log has an event; the first place when it has two. */
  readonly entryOf: ReadonlyMap<number, LogEntry>;
  readonly entryAt: ReadonlyMap<number, LogEntry>;
  /** The entries of each stream in the order of positions. */
  readonly streams: ReadonlyMap<string, readonly LogEntry[]>;
};

/** Makes the index in one pass over operations and log. */
export function indexHistory(history: History): IndexedHistory {
  const appends = new Map<number, LogicalAppend>();
  const appendOf = new Map<number, LogicalAppend>();
  for (const operation of history.operations) {
    if (operation.kind !== "append") continue;
    const known = appends.get(operation.append);
    const merged = withTry(known, operation);
    appends.set(operation.append, merged);
  }
  for (const append of appends.values()) {
    for (const { events } of append.writes) for (const event of events) appendOf.set(event, append);
  }
  const entryOf = new Map<number, LogEntry>();
  const entryAt = new Map<number, LogEntry>();
  const streams = new Map<string, LogEntry[]>();
  for (const entry of history.log) {
    if (!entryOf.has(entry.event)) entryOf.set(entry.event, entry);
    entryAt.set(entry.position, entry);
    const stream = streams.get(entry.stream);
    if (stream) stream.push(entry);
    else streams.set(entry.stream, [entry]);
  }
  return { history, appends, appendOf, entryOf, entryAt, streams };
}

function withTry(known: LogicalAppend | undefined, { append, writes, start, end, outcome }: AppendOperation) {
  const acknowledged = outcome === "ok" ? end : Number.POSITIVE_INFINITY;
  if (!known) return { append, writes, firstStart: start, acknowledged, failed: outcome === "fail" };
  return {
    append,
    writes: known.writes,
    firstStart: Math.min(known.firstStart, start),
    acknowledged: Math.min(known.acknowledged, acknowledged),
    failed: known.failed && outcome === "fail",
  };
}

/** The first place in the log above a position, found by halving. */
export function firstAbove(log: readonly LogEntry[], position: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle]?.position ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An event in words. */
export function wordsOf({ position, stream, version, event }: LogEntry): string {
  return `event ${event} (${stream}, version ${version}, position ${position})`;
}
