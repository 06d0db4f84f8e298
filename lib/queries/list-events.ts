import type { EventWithPayload } from "@/lib/queries/event-row";
import type { QueryContext } from "@/lib/queries/query-context";

/** What the log is narrowed to; all given conditions hold together. */
export type EventFilter = {
  readonly type?: string;
  readonly category?: string;
  readonly stream?: string;
  readonly correlation?: string;
  readonly actor?: string;
  /** Bounds of the recording time, ISO 8601; `from` inclusive, `to` exclusive. */
  readonly from?: string;
  readonly to?: string;
  /** Payload conditions: path (`address.city`, `lines.0.sku`) → the value's text. */
  readonly data?: Readonly<Record<string, string>>;
};

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

/** Reads a page of the log by keyset, never above the high-water mark. */
export async function listEvents(
  context: QueryContext,
  page: EventFilter & { readonly before?: string; readonly after?: string; readonly limit?: number },
): Promise<EventsPage> {
  throw new Error(`listEvents is being written ${context} ${page}`);
}
