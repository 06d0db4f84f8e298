import { z } from "zod";
import { json, rawJson } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { minPosition, waitForWrite } from "@/app/api/_endpoints/consistency";
import { limit, name, scanMs, version } from "@/app/api/_endpoints/parameters";
import { eventJson } from "@/lib/event-store/event-json";
import { jsonArray, jsonObject } from "@/lib/kernel/json";
import { listStreams } from "@/lib/queries/list-streams";
import { budgetOf } from "@/lib/queries/search-in-steps";
import { streamEvents } from "@/lib/queries/stream-events";
import { streamPage } from "@/lib/queries/stream-page";

/** Streams by name or by activity. */
export const listStreamsEndpoint = endpoint({
  path: "/api/v1/{store}/streams",
  summary: "Streams by name, or by last activity with `sort=activity`",
  role: "viewer",
  query: z.strictObject({
    prefix: name.optional(),
    contains: name.optional(),
    category: name.optional(),
    sort: z.enum(["name", "activity"]).optional(),
    cursor: name.optional().describe("The `next` of the page before"),
    limit: limit.optional(),
    scanMs: scanMs.optional(),
    minPosition,
  }),
  handle: async (call) => {
    await waitForWrite(call);
    const { minPosition: _, scanMs, ...query } = call.query;
    return json(await listStreams(call.context, query, scanMs === undefined ? undefined : budgetOf(scanMs)));
  },
});

/** The head of one stream. */
export const streamEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}",
  summary: "A stream's version, size and times, and how far each read model has come with it",
  role: "viewer",
  query: z.strictObject({ minPosition }),
  handle: async (call) => {
    await waitForWrite(call);
    return json(await streamPage(call.context, call.path.stream ?? ""));
  },
});

/** A stream's events by version. */
export const streamEventsEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/events",
  summary: "A stream's events by version",
  role: "viewer",
  query: z.strictObject({
    from: version.optional().describe("The first version of the page"),
    limit: limit.optional(),
    direction: z.enum(["forwards", "backwards"]).optional(),
    minPosition,
  }),
  handle: async (call) => {
    await waitForWrite(call);
    const { minPosition: _, ...query } = call.query;
    const { events, next } = await streamEvents(call.context, call.path.stream ?? "", query);
    return rawJson(jsonObject({ events: jsonArray(events.map(eventJson)), next: String(next) }));
  },
});
