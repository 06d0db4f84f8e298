import { limits } from "@/lib/kernel/limits";
import { type EventsPage, type EventsRequest, listEvents } from "@/lib/queries/list-events";
import { listStreams, type StreamsPage, type StreamsRequest } from "@/lib/queries/list-streams";
import type { QueryContext } from "@/lib/queries/query-context";
import { budgetOf } from "@/lib/queries/search-in-steps";

/**
 * The first answer of a search together with what another `ms` milliseconds find behind it; undefined where the answer was
 * whole. A page shows the first at once and the rest when it is there. Where going on fails, the first answer stands: it
 * says how far it came, and the next press tells what is wrong.
 */
export function eventsOnward(
  context: QueryContext,
  { before: _before, after, at: _at, limit, ...filter }: EventsRequest,
  first: EventsPage,
  ms: number,
): Promise<EventsPage> | undefined {
  const left = (limit ?? limits.pageDefault) - first.events.length;
  const { scan, next } = first;
  if (!scan || next === null || left <= 0) return undefined;
  const place = after === undefined ? { before: next } : { after: next };
  return listEvents(context, { ...filter, ...place, limit: left }, budgetOf(ms)).then(
    (rest) => ({
      ...first,
      events: [...first.events, ...rest.events],
      previous: first.previous ?? rest.previous,
      next: rest.next,
      scan: rest.scan && { ...rest.scan, scanned: scan.scanned + rest.scan.scanned },
    }),
    () => first,
  );
}

/** The same for a list of streams. */
export function streamsOnward(
  context: QueryContext,
  { cursor: _cursor, limit, ...request }: StreamsRequest,
  first: StreamsPage,
  ms: number,
): Promise<StreamsPage> | undefined {
  const left = (limit ?? limits.pageDefault) - first.streams.length;
  const { scan, next } = first;
  if (!scan || next === null || left <= 0) return undefined;
  return listStreams(context, { ...request, cursor: next, limit: left }, budgetOf(ms)).then(
    (rest) => ({
      ...first,
      streams: [...first.streams, ...rest.streams],
      next: rest.next,
      scan: rest.scan && { scanned: scan.scanned + rest.scan.scanned },
    }),
    () => first,
  );
}
