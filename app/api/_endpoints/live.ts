import { z } from "zod";
import { eventStream } from "@/app/_lib/answer";
import { checked, endpoint } from "@/app/_lib/route";
import type { Tidemark } from "@/app/_lib/tidemark";
import { name, position } from "@/app/api/_endpoints/parameters";
import { InvalidRequest } from "@/lib/kernel/errors";
import { parsePosition } from "@/lib/kernel/position";
import { type GaugeReads, watchLog, watchTopics } from "@/lib/live/live-log";
import { forgottenFilter, gaugeNames, resumedTopics, TOPICS_MAX, type WatchedTopic } from "@/lib/live/topic";
import { liveGauges } from "@/lib/queries/live-gauges";
import type { QueryContext } from "@/lib/queries/query-context";

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
    const from = positionOf(request.headers.get("last-event-id") ?? after);
    return eventStream(await watchLog(sourceOf(tidemark), { after: from, filter, signal: request.signal }));
  },
});

/** What a stream of topics is asked for. */
const topic = z.union([
  z.strictObject({
    topic: z.enum(["events", "moved"]),
    after: position.optional(),
    type: name.optional(),
    category: name.optional(),
    stream: name.optional(),
    correlation: name.optional(),
  }),
  z.strictObject({ topic: z.literal("forgotten"), after: position.optional() }),
  z.strictObject({ topic: z.enum(gaugeNames) }),
]);

/** Many live topics over one stream: what the pages of a browser follow. */
export const liveTopicsEndpoint = endpoint({
  path: "/api/v1/{store}/live/topics",
  summary:
    "Server-sent events of many topics at once: events, hints that the log has moved, lag, runs and alerts. Reconnects resume all of them by Last-Event-ID",
  role: "viewer",
  query: z.strictObject({
    topics: z
      .string()
      .max(16_000)
      .describe(
        `JSON: a list of at most ${TOPICS_MAX} of {"topic":"events"|"moved","after"?,"type"?,"category"?,"stream"?,"correlation"?}, {"topic":"forgotten","after"?} and {"topic":"lag"|"runs"|"alerts"}`,
      ),
  }),
  handle: async ({ request, query, tidemark, context }) => {
    const asked = topicsOf(query.topics);
    const id = request.headers.get("last-event-id");
    const topics = id ? resumedTopics(asked, id) : asked;
    const source = { ...sourceOf(tidemark), gauges: gaugesOf(context) };
    return eventStream(await watchTopics(source, { topics, signal: request.signal }));
  },
});

function sourceOf({ store, config: { databaseUrl, schema } }: Tidemark) {
  return { store, databaseUrl, schema };
}

function gaugesOf(context: QueryContext): GaugeReads {
  const { lag, runs, alerts } = liveGauges;
  return { lag: () => lag(context), runs: () => runs(context), alerts: () => alerts(context) };
}

/** Reads the list of topics. Throws `InvalidRequest`. */
function topicsOf(text: string): readonly WatchedTopic[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new InvalidRequest("topics: is not JSON", [{ path: "topics", message: "is not JSON" }]);
  }
  return checked(z.strictObject({ topics: z.array(topic).min(1).max(TOPICS_MAX) }), { topics: list }).topics.map(
    (asked) => {
      if (asked.topic === "forgotten") {
        return { topic: asked.topic, after: positionOf(asked.after), filter: forgottenFilter };
      }
      if (asked.topic !== "events" && asked.topic !== "moved") return { topic: asked.topic };
      const { topic: kind, after, ...filter } = asked;
      return { topic: kind, after: positionOf(after), filter };
    },
  );
}

/** What a reconnecting browser saw last wins over the address it was given at first. */
function positionOf(text: string | undefined): bigint | undefined {
  if (text === undefined || text === "") return undefined;
  const parsed = parsePosition(text);
  if (parsed !== undefined) return parsed;
  throw new InvalidRequest("Last-Event-ID must be a position.", [{ path: "last-event-id", message: "is no position" }]);
}
