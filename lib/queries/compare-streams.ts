import { limits } from "@/lib/kernel/limits";
import { checkLimit, checkPosition, checkText, invalid } from "@/lib/queries/check-input";
import { type EventRecord, type EventRow, eventColumns, toEventRow } from "@/lib/queries/event-row";
import type { QueryContext } from "@/lib/queries/query-context";

/** Events of several streams in the order of the log, newest first. `missing` names the streams that do not exist. */
export type StreamsCompared = {
  readonly events: readonly EventRow[];
  readonly missing: readonly string[];
  /** `before` of the following page; null at the end. */
  readonly next: string | null;
};

/** Streams that can be looked at side by side. */
export const COMPARED_MAX = 6;

/**
 * Reads a page of what happened between streams, along each one's own index: its cost is streams times page, however long
 * they are. Throws `InvalidRequest` for none or too many.
 */
export async function compareStreams(
  { reads }: QueryContext,
  streams: readonly string[],
  page: { readonly before?: string | undefined; readonly limit?: number | undefined },
): Promise<StreamsCompared> {
  if (streams.length === 0 || streams.length > COMPARED_MAX)
    throw invalid("ids", `must name 1 to ${COMPARED_MAX} streams`);
  for (const stream of streams) checkText(stream, "ids", limits.streamNameBytes);
  const limit = checkLimit(page.limit);
  const before = page.before === undefined ? null : checkPosition(page.before, "before");
  const [records, known] = await Promise.all([
    reads.query<EventRecord>(
      `select ${eventColumns} from unnest($1::text[]) as asked(stream)
        cross join lateral (
          select e.* from events e
           where e.stream = asked.stream and ($2::bigint is null or e.position < $2)
             and e.position <= (select position from high_water)
           order by e.stream desc, e.version desc limit $3::int) e
        order by e.position desc limit $3::int`,
      [streams, before, limit + 1],
    ),
    reads.query<{ stream: string }>("select stream from streams where stream = any ($1) and version > 0", [streams]),
  ]);
  const shown = records.slice(0, limit).map(toEventRow);
  const found = new Set(known.map(({ stream }) => stream));
  return {
    events: shown,
    missing: streams.filter((stream) => !found.has(stream)),
    next: records.length > limit ? (shown.at(-1)?.position ?? null) : null,
  };
}
