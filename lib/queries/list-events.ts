import { checkLimit, checkPosition, checkTime, invalid } from "@/lib/queries/check-input";
import { checkFilter, type EventFilter, type LogRange, withinTimes } from "@/lib/queries/event-filter";
import { type EventWithPayload, toEventWithPayload } from "@/lib/queries/event-row";
import { positionAtTime } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";
import { scanLog } from "@/lib/queries/scan-log";
import { type ScanBudget, usualBudget } from "@/lib/queries/search-in-steps";

export type { EventFilter } from "@/lib/queries/event-filter";

/** How far a search has come that has not been through the log yet; the page's `next` continues it exactly there. */
export type ScanStop = {
  /** Events that this answer looked at. */
  readonly scanned: number;
  /** The last position that was looked at. */
  readonly stoppedAt: string;
  readonly reachedTime: string | null;
  /** Of all positions that the filter's time leaves, how many lie behind by now, and how many there are (≈). */
  readonly covered: number;
  readonly of: number;
};

/** One page of the log; `events` are newest first unless `after` was asked for. */
export type EventsPage = {
  readonly events: readonly EventWithPayload[];
  readonly order: "newest-first" | "oldest-first";
  /** Cursor to go on in the order of the page (`before=` when newest first, `after=` otherwise); null at the end. */
  readonly next: string | null;
  /** Cursor to go back (`after=` when newest first, `before=` otherwise); null on an empty page. */
  readonly previous: string | null;
  /** Set when no index answers the filter and the search stopped at its budget before the page was full. */
  readonly scan: ScanStop | null;
  /** The position that `at` means: that of the first event recorded at or after it, or the one after the mark. */
  readonly at: string | null;
  readonly highWater: string;
};

/** What a page of the log is asked by. */
export type EventsRequest = EventFilter & {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** ISO 8601: the page begins with the first event recorded at or after it, and goes back from there. */
  readonly at?: string | undefined;
  readonly limit?: number | undefined;
};

/**
 * Reads a page of the log by keyset, never above the high-water mark. Where no index answers, it searches as long as the
 * budget lasts and says how far it has come. Throws `InvalidRequest`.
 */
export async function listEvents(
  context: QueryContext,
  page: EventsRequest,
  budget: ScanBudget = usualBudget,
): Promise<EventsPage> {
  const limit = checkLimit(page.limit);
  checkFilter(page);
  if ([page.before, page.after, page.at].filter((given) => given !== undefined).length > 1) {
    throw invalid(page.at === undefined ? "after" : "at", "cannot be given with another place to begin");
  }
  const forwards = page.after !== undefined;
  const highWater = await readHighWater(context);
  const at = page.at === undefined ? null : await positionAtTime(context.reads, checkTime(page.at, "at"));
  const whole = await withinTimes(context, page, { low: 0n, high: highWater });
  const range = from(page, at, whole);

  const { records, stop } = await scanLog(context, page, { range, forwards, limit }, budget);
  const full = records.slice(0, limit);
  const end = full.findIndex((record) => record.data === null);
  const events = (end === -1 ? full : full.slice(0, end)).map(toEventWithPayload);
  const base = {
    events,
    order: forwards ? "oldest-first" : "newest-first",
    previous: events[0]?.position ?? null,
    at: at === null ? null : String(at),
    highWater: String(highWater),
  } as const;
  if (records.length > events.length) return { ...base, next: events.at(-1)?.position ?? null, scan: null };
  if (!stop) return { ...base, next: null, scan: null };
  const scan = {
    scanned: stop.scanned,
    stoppedAt: String(stop.position),
    reachedTime: await timeOf(context, stop.position),
    covered: Number(forwards ? stop.position - whole.low + 1n : whole.high - stop.position + 1n),
    of: Number(whole.high - whole.low + 1n),
  };
  return { ...base, next: scan.stoppedAt, scan };
}

/** The position up to which the log can be read. */
export async function readHighWater({ reads }: QueryContext): Promise<bigint> {
  const [mark] = await reads.query<{ position: bigint }>("select position from high_water");
  return mark?.position ?? 0n;
}

/** What is left of the range for a page that begins where it was asked to. */
function from({ before, after }: EventsRequest, at: bigint | null, { low, high }: LogRange): LogRange {
  const top = before === undefined ? (at ?? high) : checkPosition(before, "before") - 1n;
  const bottom = after === undefined ? low : checkPosition(after, "after") + 1n;
  return { low: bottom > low ? bottom : low, high: top < high ? top : high };
}

async function timeOf({ reads }: QueryContext, position: bigint): Promise<string | null> {
  const [at] = await reads.query<{ recorded_at: string }>("select recorded_at from events where position = $1", [
    position,
  ]);
  return at?.recorded_at ?? null;
}
