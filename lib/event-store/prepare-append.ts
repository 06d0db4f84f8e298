import type { Append, ExpectedVersion, NewEvent } from "@/lib/event-store/recorded-event";
import { InvalidRequest, TooLarge } from "@/lib/kernel/errors";
import { derivedId, isUuid, newId } from "@/lib/kernel/ids";
import { checkJson } from "@/lib/kernel/json";
import { limits } from "@/lib/kernel/limits";
import { checkStreamName, checkTypeName } from "@/lib/kernel/stream-name";
import { microseconds } from "@/lib/kernel/time";
import { refuseSealed } from "@/lib/privacy/refuse-sealed";

/** An append that has been checked and has its ids, ready to be sent as often as it takes. */
export type PreparedAppend = {
  readonly writes: readonly PreparedWrite[];
  /** The append as it was given; its context belongs to each event. */
  readonly context: Append;
  /** The ids of its events, in order. */
  readonly ids: readonly string[];
  /** The id after the last one of an idempotency key: unknown, unless an earlier request had more events. */
  readonly guardId: string | undefined;
  /** Whether an earlier call can have stored it: it has a key or ids of the caller's. */
  readonly repeatable: boolean;
  /** About how much it adds to a call. */
  readonly bytes: number;
};

/** One stream's part of it. */
export type PreparedWrite = {
  readonly stream: string;
  readonly expected: ExpectedVersion;
  readonly events: readonly PreparedEvent[];
};

/** An event with its id, and the UTF-8 bytes of its payload. */
export type PreparedEvent = {
  readonly id: string;
  readonly event: NewEvent;
  /** The payload as it was given, where `event` holds it sealed. */
  readonly plain?: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly bytes: { readonly data: number; readonly metadata: number };
};

/**
 * Checks an append and gives each event its id: its own, else one derived from the key (the scope is the first write's
 * stream), else a new one. Throws `InvalidRequest`, `PayloadRefused` or `TooLarge`; touches no database.
 */
export function prepareAppend(append: Append): PreparedAppend {
  const first = append.writes[0];
  if (!first) throw invalid("writes", "an append needs at least one write");
  if (append.writes.length > limits.streamsPerAppend) {
    throw invalid("writes", `an append writes to at most ${limits.streamsPerAppend} streams`);
  }
  for (const name of ["idempotencyKey", "correlationId", "causationId", "actor", "tenant", "traceparent"] as const) {
    checkText(name, append[name]);
  }
  const key = append.idempotencyKey;
  const ids: string[] = [];
  const nextId = () => (key ? derivedId(first.stream, key, String(ids.length)) : newId());
  let correlationId = append.correlationId ?? undefined;
  let repeatable = Boolean(key);
  let bytes = 0;
  const writes = append.writes.map((write, index): PreparedWrite => {
    const path = `writes[${index}]`;
    checkWrite(write.stream, write.expectedVersion, write.events.length, path);
    const events = write.events.map((event, place): PreparedEvent => {
      const size = checkEvent(event, `${path}.events[${place}]`);
      bytes += size.data + size.metadata + 300;
      repeatable ||= event.id !== undefined;
      const id = event.id ?? nextId();
      ids.push(id);
      correlationId ??= id;
      const causationId = event.causationId ?? append.causationId ?? null;
      return { id, event, correlationId, causationId, bytes: size };
    });
    return { stream: write.stream, expected: write.expectedVersion, events };
  });
  checkWhole(writes, ids, bytes);
  return { writes, context: append, ids, guardId: key ? nextId() : undefined, repeatable, bytes };
}

/** All ids that must be unknown for this append to be stored. */
export function idsOf({ ids, guardId }: PreparedAppend): readonly string[] {
  return guardId === undefined ? ids : [...ids, guardId];
}

function checkWrite(stream: string, expected: ExpectedVersion, events: number, path: string): void {
  checkStreamName(stream);
  if (events === 0) throw invalid(`${path}.events`, "a write needs at least one event");
  if (typeof expected === "number" ? !Number.isSafeInteger(expected) || expected < 0 : !NAMED.has(expected)) {
    throw invalid(`${path}.expectedVersion`, "expected is a version from 0 up, none, exists or any");
  }
}

const NAMED = new Set<unknown>(["none", "exists", "any"]);

function checkEvent(event: NewEvent, path: string): { data: number; metadata: number } {
  checkTypeName(event.type, `${path}.type`);
  if (event.id !== undefined && !isUuid(event.id)) {
    throw invalid(`${path}.id`, "an event id is a UUID in lower case");
  }
  if (!Number.isInteger(event.schemaVersion) || event.schemaVersion < 1 || event.schemaVersion > 2_147_483_647) {
    throw invalid(`${path}.schemaVersion`, "a schema version is a whole number from 1 up");
  }
  if (event.occurredAt != null && microseconds(event.occurredAt) === undefined) {
    throw invalid(`${path}.occurredAt`, "a time is ISO 8601 with a zone and at most microseconds");
  }
  checkText(`${path}.causationId`, event.causationId);
  const data = Buffer.byteLength(event.data);
  const metadata = event.metadata == null ? 0 : Buffer.byteLength(event.metadata);
  if (data + metadata > limits.eventBytes) throw new TooLarge(`Event ${path}`, limits.eventBytes, data + metadata);
  checkJson(event.data);
  refuseSealed(event.data);
  if (event.metadata != null) {
    checkJson(event.metadata);
    if (!/^\s*\{/.test(event.metadata)) throw invalid(`${path}.metadata`, "metadata is a JSON object");
  }
  return { data, metadata };
}

function checkWhole(writes: readonly PreparedWrite[], ids: readonly string[], bytes: number): void {
  if (ids.length > limits.eventsPerAppend) {
    throw invalid("writes", `an append holds at most ${limits.eventsPerAppend} events`);
  }
  if (writes.length > 1 && new Set(writes.map((write) => write.stream)).size < writes.length) {
    throw invalid("writes", "an append names each stream once");
  }
  if (ids.length > 1 && new Set(ids).size < ids.length) throw invalid("writes", "two events have the same id");
  if (bytes > limits.requestBytes) throw new TooLarge("The append", limits.requestBytes, bytes);
}

/** Names and ids that travel as text: bounded, and without what PostgreSQL cannot keep. */
function checkText(path: string, text: string | null | undefined): void {
  if (text == null) return;
  if (text.length === 0 || text.length > 512 || /\p{Cc}|\p{Cs}/u.test(text)) {
    throw invalid(path, "it must have 1 to 512 characters, none of them control characters or broken Unicode");
  }
}

function invalid(path: string, message: string): InvalidRequest {
  return new InvalidRequest(`Append refused: ${message}.`, [{ path, message }]);
}
