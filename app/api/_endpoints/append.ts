import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { tokenOf } from "@/app/api/_endpoints/consistency";
import { contextHeaders } from "@/app/api/_endpoints/parameters";
import type { NewEvent, StreamWrite, WriteResult } from "@/lib/event-store/recorded-event";
import { InvalidRequest } from "@/lib/kernel/errors";
import { elementsOf, membersOf } from "@/lib/kernel/json";
import { limits } from "@/lib/kernel/limits";
import { microseconds } from "@/lib/kernel/time";
import { appendEvents } from "@/lib/operations/append-events";

const expectedVersion = z.union([z.int().min(0), z.enum(["none", "exists", "any"])]);

const event = z.strictObject({
  id: z
    .uuid()
    .transform((id) => id.toLowerCase())
    .optional(),
  type: z.string().min(1).max(limits.typeNameBytes),
  schemaVersion: z.int().min(1).max(1_000_000).default(1),
  data: z.unknown(),
  metadata: z.record(z.string(), z.unknown()).nullable().optional(),
  occurredAt: z
    .string()
    .refine((text) => microseconds(text) !== undefined, "must be an ISO 8601 time with a zone")
    .nullable()
    .optional(),
});

const events = z.array(event).min(1).max(limits.eventsPerAppend);
const toOne = z.strictObject({ expectedVersion, events });
const toMany = z.strictObject({
  appends: z
    .array(z.strictObject({ stream: z.string().min(1).max(limits.streamNameBytes), expectedVersion, events }))
    .min(1)
    .max(limits.streamsPerAppend),
});

/** Appends to one stream. */
export const appendToStreamEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/events",
  summary: "Append events to a stream; headers Idempotency-Key, Correlation-Id, Causation-Id, traceparent",
  operation: appendEvents,
  body: toOne,
  handle: async (call) => {
    const write = { stream: call.path.stream ?? "", expectedVersion: call.body.expectedVersion };
    const writes = [{ ...write, events: rawEvents(call.text, call.body.events) }];
    const [result] = await appendEvents(operationContext(call), { writes, ...contextHeaders(call.request) });
    const token = tokenOf(result?.lastPosition ?? null);
    return json(result && { ...onTheWire(result), ...token.field }, 201, token.headers);
  },
});

/** Appends to several streams, all or nothing. */
export const appendEndpoint = endpoint({
  path: "/api/v1/{store}/append",
  summary: "Append to several streams, all or nothing; the headers of a single append",
  operation: appendEvents,
  body: toMany,
  handle: async (call) => {
    const raw = elementsOf(membersOf(call.text)?.get("appends") ?? "") ?? [];
    const writes: StreamWrite[] = call.body.appends.map((write, index) => ({
      stream: write.stream,
      expectedVersion: write.expectedVersion,
      events: rawEvents(raw[index] ?? "", write.events),
    }));
    const results = await appendEvents(operationContext(call), { writes, ...contextHeaders(call.request) });
    const token = tokenOf(results.at(-1)?.lastPosition ?? null);
    return json({ appends: results.map(onTheWire), ...token.field }, 201, token.headers);
  },
});

/** Payloads are cut out of the body's own text: what is stored is what was sent, byte for byte. */
function rawEvents(text: string, parsed: z.output<typeof events>): NewEvent[] {
  const elements = elementsOf(membersOf(text)?.get("events") ?? "") ?? [];
  return parsed.map(({ id, type, schemaVersion, occurredAt }, index) => {
    const members = membersOf(elements[index] ?? "");
    const data = members?.get("data");
    if (data === undefined) {
      throw new InvalidRequest(`events.${index}.data is missing.`, [
        { path: `events.${index}.data`, message: "is missing" },
      ]);
    }
    const metadata = members?.get("metadata");
    return {
      ...(id === undefined ? {} : { id }),
      type,
      schemaVersion,
      data,
      metadata: metadata === undefined || metadata === "null" ? null : metadata,
      occurredAt: occurredAt ?? null,
    };
  });
}

function onTheWire(result: WriteResult) {
  const { stream, fromVersion, toVersion, firstPosition, lastPosition, recordedAt, replayed } = result;
  return { stream, fromVersion, toVersion, firstPosition, lastPosition, recordedAt, replayed };
}
