import { NotFound } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import { checkLimit, checkText, invalid } from "@/lib/queries/check-input";
import {
  type EventRecordWithPayload,
  type EventWithPayload,
  eventColumns,
  toEventWithPayload,
} from "@/lib/queries/event-row";
import type { QueryContext } from "@/lib/queries/query-context";

/** One page of a stream's events by version; `next` is the `from` of the following page, null at the end. */
export type StreamEventsPage = { readonly events: readonly EventWithPayload[]; readonly next: number | null };

/** What a page of a stream is asked by. */
export type StreamEventsRequest = {
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
  readonly direction?: "forwards" | "backwards" | undefined;
};

/**
 * Reads a stream's events from version `from` (inclusive; absent: the first forwards, the newest backwards), newest
 * commits included. Throws `NotFound` when the stream does not exist.
 */
export async function streamEvents(
  { reads }: QueryContext,
  stream: string,
  page: StreamEventsRequest,
): Promise<StreamEventsPage> {
  const limit = checkLimit(page.limit);
  checkText(stream, "stream");
  const { from, direction = "forwards" } = page;
  if (from !== undefined && !(Number.isSafeInteger(from) && from >= 0)) throw invalid("from", "must be a version");
  const [way, compare] = direction === "forwards" ? ["asc", ">="] : ["desc", "<="];
  const start = from ?? (direction === "forwards" ? 1 : Number.MAX_SAFE_INTEGER);
  const bounded = `rows unbounded preceding`;
  const records = await reads.query<EventRecordWithPayload>(
    `select ${eventColumns}, case when e.running <= $4::bigint or e.place = 1 then e.data end as data, e.metadata
       from (select e.*, row_number() over walk as place,
                    sum(octet_length(e.data::text) + coalesce(octet_length(e.metadata::text), 0)) over walk as running
               from (select e.* from events e where e.stream = $1 and e.version ${compare} $2::bigint
                      order by e.stream ${way}, e.version ${way} limit $3::int) e
             window walk as (order by e.stream ${way}, e.version ${way} ${bounded})) e
      order by e.place`,
    [stream, start, limit + 1, limits.requestBytes],
  );
  if (records.length === 0) await refuseUnknown(reads, stream);
  const end = records.findIndex((record, index) => index === limit || record.data === null);
  const events = (end === -1 ? records : records.slice(0, end)).map(toEventWithPayload);
  const following = end === -1 ? undefined : records[end];
  return { events, next: following ? Number(following.version) : null };
}

async function refuseUnknown(reads: QueryContext["reads"], stream: string): Promise<void> {
  const [known] = await reads.query("select 1 from streams where stream = $1 and version > 0", [stream]);
  if (!known) throw new NotFound("stream", stream);
}
