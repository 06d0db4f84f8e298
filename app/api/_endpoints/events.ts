import { z } from "zod";
import { json, rawJson } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { minPosition, waitForWrite } from "@/app/api/_endpoints/consistency";
import { eventFilterFields, eventFilterOf } from "@/app/api/_endpoints/event-filter";
import { limit, name, position, scanMs, time } from "@/app/api/_endpoints/parameters";
import { maskedReading, readingJson, stringified } from "@/app/api/_endpoints/reading-json";
import { eventJson } from "@/lib/event-store/event-json";
import { jsonArray, jsonObject } from "@/lib/kernel/json";
import { hasSealed } from "@/lib/privacy/keys-at-hand";
import { eventHistogram } from "@/lib/queries/event-histogram";
import { type EventPage, eventPage } from "@/lib/queries/event-page";
import { facets } from "@/lib/queries/facets";
import { listEvents } from "@/lib/queries/list-events";
import { budgetOf } from "@/lib/queries/search-in-steps";

const filter = z
  .object({
    after: position.optional(),
    before: position.optional(),
    limit: limit.optional(),
    ...eventFilterFields,
    at: time.optional().describe("Begin with the first event recorded at or after this time, and go back from there"),
    scanMs: scanMs.optional(),
    minPosition,
  })
  .catchall(z.string());

/** The log by keyset, newest first unless `after` is given. */
export const listEventsEndpoint = endpoint({
  path: "/api/v1/{store}/events",
  summary: "The log by keyset, newest first unless `after` is given; `data.<path>=` compares a value of the payload",
  role: "viewer",
  query: filter,
  handle: async (call) => {
    const { context, query } = call;
    const { after, before, at, limit, scanMs, minPosition, ...others } = query;
    await waitForWrite({ ...call, query: { minPosition } });
    const request = { ...eventFilterOf(others), after, before, at, limit };
    const page = await listEvents(context, request, scanMs === undefined ? undefined : budgetOf(scanMs));
    const { events, ...rest } = page;
    return rawJson(jsonObject({ events: jsonArray(events.map(eventJson)), ...stringified(rest) }));
  },
});

/** One event by its id. */
export const eventEndpoint = endpoint({
  path: "/api/v1/{store}/events/{eventId}",
  summary: "One event with its causes, its effects and what every consumer did with it",
  role: "viewer",
  query: z.strictObject({ minPosition }),
  handle: async (call) => {
    await waitForWrite(call);
    return rawJson(pageJson(await eventPage(call.context, { id: call.path.eventId ?? "" })));
  },
});

/** One event by its position. */
export const positionEndpoint = endpoint({
  path: "/api/v1/{store}/log/{position}",
  summary: "The event at a position, as `/events/{eventId}` gives it",
  role: "viewer",
  query: z.strictObject({ minPosition }),
  handle: async (call) => {
    await waitForWrite(call);
    return rawJson(pageJson(await eventPage(call.context, { position: call.path.position ?? "" })));
  },
});

/** Counts over time. */
export const histogramEndpoint = endpoint({
  path: "/api/v1/{store}/histogram",
  summary: "Events over recording time",
  role: "viewer",
  query: z.strictObject({
    from: time,
    to: time,
    buckets: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .optional(),
    type: name.optional(),
    category: name.optional(),
    tenant: name.optional(),
  }),
  handle: async ({ context, query }) => json(await eventHistogram(context, query)),
});

/** The names that filters offer. */
export const facetsEndpoint = endpoint({
  path: "/api/v1/{store}/facets",
  summary: "Categories and event types that the store holds, at most 200 of each",
  role: "viewer",
  handle: async ({ context }) => json(await facets(context)),
});

/**
 * The event itself on top, payloads as raw JSON all the way: as stored, and as read, with what was sealed masked: it is revealed
 * by an act of its own, which says why.
 */
function pageJson({ event, reading, ...page }: EventPage): string {
  const shown = hasSealed(event.data) ? maskedReading(reading) : reading;
  const others = jsonObject({ ...stringified(page), reading: readingJson(shown) });
  return `${eventJson(event).slice(0, -1)},${others.slice(1)}`;
}
