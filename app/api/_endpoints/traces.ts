import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { minPosition, waitForWrite } from "@/app/api/_endpoints/consistency";
import { eventFilterFields, eventFilterOf } from "@/app/api/_endpoints/event-filter";
import { limit, position, time } from "@/app/api/_endpoints/parameters";
import { listTraces } from "@/lib/queries/list-traces";
import { rowSpans, workSpans } from "@/lib/queries/row-spans";
import { type TracePage, type TraceRow, tracePage } from "@/lib/queries/trace-page";
import { isConsumerRow } from "@/lib/queries/trace-row";
import { TRACE_STATES } from "@/lib/queries/walk-traces";

/** Traces by keyset, latest first. */
export const listTracesEndpoint = endpoint({
  path: "/api/v1/{store}/traces",
  summary: "Traces by their latest event, newest first, with what failed, what is open and the longest lag of each",
  role: "viewer",
  query: z
    .object({
      state: z
        .enum(TRACE_STATES)
        .optional()
        .describe(
          "failed: something of it is set aside; unsettled: a consumer has not finished it, or a command waits to be sent; waiting: something of it waits, for a consumer, to be sent, or for a timer",
        ),
      cursor: position.optional().describe("The `next` of the page before"),
      limit: limit.optional(),
      ...eventFilterFields,
      minPosition,
    })
    .catchall(z.string()),
  handle: async (call) => {
    const { state, cursor, limit: rows, minPosition: least, ...filter } = call.query;
    await waitForWrite({ ...call, query: { minPosition: least } });
    return json(await listTraces(call.context, { filter: eventFilterOf(filter), state, cursor, limit: rows }));
  },
});

/** The whole path of one correlation. */
export const traceEndpoint = endpoint({
  path: "/api/v1/{store}/traces/{correlationId}",
  summary: "Commands, events and every consumer's batch of a correlation, with the waiting and working time of each",
  role: "viewer",
  query: z.strictObject({
    minPosition,
    spans: z.enum(["true", "false"]).optional().describe("Whether the spans that are kept stand with the rows"),
  }),
  handle: async (call) => {
    await waitForWrite(call);
    const trace = await tracePage(call.context, call.path.correlationId ?? "");
    if (call.query.spans !== "true") return json(traceJson(trace));
    const spans = await rowSpans(call.context.reads, trace, trace.rows);
    return json({ ...traceJson(trace), spans: [...spans].map(([row, found]) => ({ row, ...found })) });
  },
});

/** The spans of one piece of work. */
export const spansEndpoint = endpoint({
  path: "/api/v1/{store}/spans",
  summary: "The spans of the work that a trace context names, with what its time went to, or why there are none",
  role: "viewer",
  query: z.strictObject({
    traceparent: z.string().max(100).describe("The `traceparent` of a row of a trace"),
    startedAt: time.describe("The trace's `startedAt`: times are microseconds since then"),
    endUs: z
      .string()
      .regex(/^\d{1,15}$/, "must be whole microseconds")
      .transform(Number)
      .describe("The row's `endUs`"),
  }),
  handle: async ({ context, query: { traceparent, startedAt, endUs } }) =>
    json(await workSpans(context.reads, startedAt, { traceparent, endedUs: endUs })),
});

/** The rows as they are drawn, and the same facts by kind for programs. Times in milliseconds. */
function traceJson(trace: TracePage) {
  const consumersOf = new Map<string, TraceRow[]>();
  for (const row of trace.rows) {
    if (!isConsumerRow(row) || row.parent === null) continue;
    const siblings = consumersOf.get(row.parent);
    if (siblings) siblings.push(row);
    else consumersOf.set(row.parent, [row]);
  }
  return {
    ...trace,
    commands: trace.rows.filter((row) => row.kind === "command").map(commandJson),
    events: trace.rows
      .filter((row) => row.kind === "event")
      .map((row) => ({
        ...{ id: row.link?.kind === "event" ? row.link.id : null, type: row.name, stream: row.stream },
        ...{ version: row.version, position: row.position, recordedAt: row.detail.recordedAt },
        consumers: (consumersOf.get(row.id) ?? []).map(consumerJson),
      })),
    waits: trace.rows.filter((row) => row.kind === "wait").map(waitJson),
    deliveries: [],
  };
}

function commandJson(row: TraceRow) {
  return { name: row.name, stream: row.stream, workingMs: row.workUs / 1000, ...row.detail };
}

function waitJson(row: TraceRow) {
  return { timer: row.name, state: row.status, ...row.detail };
}

function consumerJson(row: TraceRow) {
  const { worker = null, batchId = null, batchEvents = null } = row.detail;
  return {
    consumer: row.name,
    state: row.status,
    waitingMs: row.waitUs / 1000,
    workingMs: row.endUs === null ? null : row.workUs / 1000,
    worker,
    batch: batchId === null ? null : { id: batchId, events: batchEvents },
  };
}
