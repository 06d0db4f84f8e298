import { z } from "zod";
import { eventStream } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { name, position } from "@/app/api/_endpoints/parameters";
import { InvalidRequest } from "@/lib/kernel/errors";
import { parsePosition } from "@/lib/kernel/position";
import { watchLog } from "@/lib/live/live-log";

/** The log as it grows. */
export const liveEndpoint = endpoint({
  path: "/api/v1/{store}/live",
  summary:
    "Server-sent events: history after the position, then live; no gap, no repeat. Reconnects resume by Last-Event-ID",
  role: "viewer",
  query: z.strictObject({
    after: position.optional().describe("Begin after this position; at the high-water mark when absent"),
    type: name.optional(),
    category: name.optional(),
    stream: name.optional(),
  }),
  handle: async ({ request, query: { after, ...filter }, tidemark }) => {
    const { databaseUrl, schema } = tidemark.config;
    const source = { store: tidemark.store, databaseUrl, schema };
    const from = positionOf(request.headers.get("last-event-id") ?? after);
    return eventStream(await watchLog(source, { after: from, filter, signal: request.signal }));
  },
});

/** What a reconnecting browser saw last wins over the address it was given at first. */
function positionOf(text: string | undefined): bigint | undefined {
  if (text === undefined || text === "") return undefined;
  const parsed = parsePosition(text);
  if (parsed !== undefined) return parsed;
  throw new InvalidRequest("Last-Event-ID must be a position.", [{ path: "last-event-id", message: "is no position" }]);
}
