import { limits } from "@/lib/kernel/limits";
import { checkLimit, checkPosition, invalid } from "@/lib/queries/check-input";
import { type EventFilter, type LogScan, logScan } from "@/lib/queries/event-filter";
import {
  type EventRecordWithPayload,
  type EventWithPayload,
  eventColumns,
  toEventWithPayload,
} from "@/lib/queries/event-row";
import type { QueryContext } from "@/lib/queries/query-context";

export type { EventFilter } from "@/lib/queries/event-filter";

/** One page of the log; `events` are newest first unless `after` was asked for. */
export type EventsPage = {
  readonly events: readonly EventWithPayload[];
  readonly order: "newest-first" | "oldest-first";
  /** Cursor to go on in the order of the page (`before=` when newest first, `after=` otherwise); null at the end. */
  readonly next: string | null;
  /** Cursor to go back (`after=` when newest first, `before=` otherwise); null on an empty page. */
  readonly previous: string | null;
  /** Set when the filter has no index and the scan stopped at its bound before the page was full. */
  readonly scan: {
    readonly scanned: number;
    /** The scan stopped here; `next` continues it. */
    readonly stoppedAt: string;
    readonly reachedTime: string | null;
  } | null;
  readonly highWater: string;
};

/** What a page of the log is asked by. */
export type EventsRequest = EventFilter & {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
};

/** Reads a page of the log by keyset, never above the high-water mark. Throws `InvalidRequest`. */
export async function listEvents(context: QueryContext, page: EventsRequest): Promise<EventsPage> {
  const limit = checkLimit(page.limit);
  if (page.before !== undefined && page.after !== undefined) throw invalid("after", "cannot be given with before");
  const forwards = page.after !== undefined;
  const highWater = await readHighWater(context);
  const before = page.before === undefined ? highWater : checkPosition(page.before, "before") - 1n;
  const scan = await logScan(context, page, {
    low: page.after === undefined ? 0n : checkPosition(page.after, "after") + 1n,
    high: before < highWater ? before : highWater,
    forwards,
  });

  const records = await readPage(context, scan, limit);
  const whole = records.slice(0, limit);
  const end = whole.findIndex((record) => record.data === null);
  const events = (end === -1 ? whole : whole.slice(0, end)).map(toEventWithPayload);
  const base = {
    events,
    order: forwards ? "oldest-first" : "newest-first",
    previous: events[0]?.position ?? null,
    highWater: String(highWater),
  } as const;
  if (records.length > events.length) return { ...base, next: events.at(-1)?.position ?? null, scan: null };
  const stopped = scan.residual ? await stopOf(context, scan, forwards) : null;
  return { ...base, next: stopped?.stoppedAt ?? null, scan: stopped };
}

/** The position up to which the log can be read. */
export async function readHighWater({ reads }: QueryContext): Promise<bigint> {
  const [mark] = await reads.query<{ position: bigint }>("select position from high_water");
  return mark?.position ?? 0n;
}

/** One row more than the page, to know whether there is a next one; payloads only as long as the answer stays bounded. */
async function readPage({ reads }: QueryContext, scan: LogScan, limit: number): Promise<EventRecordWithPayload[]> {
  const budget = `$${scan.values.length + 1}::bigint`;
  return reads.query<EventRecordWithPayload>(
    `select ${eventColumns}, case when e.running <= ${budget} or e.place = 1 then e.data end as data, e.metadata
       from (select e.*, row_number() over walk as place,
                    sum(octet_length(e.data::text) + coalesce(octet_length(e.metadata::text), 0)) over walk as running
               from (${scan.walk("e.*")}) e
              where ${scan.residual ?? "true"}
             window walk as (order by ${scan.order} rows unbounded preceding)
              order by ${scan.order} limit $${scan.values.length + 2}::int) e
      order by e.place`,
    [...scan.values, limits.requestBytes, limit + 1],
  );
}

/** Where the bounded walk stopped; null when it reached the end of the log. */
async function stopOf({ reads }: QueryContext, scan: LogScan, forwards: boolean): Promise<EventsPage["scan"]> {
  const [end] = await reads.query<{ scanned: number; position: bigint | null }>(
    `select count(*)::int as scanned, ${forwards ? "max" : "min"}(e.position) as position
       from (${scan.walk("e.position")}) e`,
    scan.walkValues,
  );
  if (!end || end.position === null || end.scanned < scan.bound) return null;
  const [at] = await reads.query<{ recorded_at: string }>("select recorded_at from events where position = $1", [
    end.position,
  ]);
  return { scanned: end.scanned, stoppedAt: String(end.position), reachedTime: at?.recorded_at ?? null };
}
