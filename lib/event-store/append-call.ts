import type pg from "pg";
import type { PreparedAppend, PreparedEvent, PreparedWrite } from "@/lib/event-store/prepare-append";
import type { Append, ExpectedVersion, RecordedEvent, WriteResult } from "@/lib/event-store/recorded-event";
import { isoOfMicroseconds, microseconds } from "@/lib/kernel/time";

/** What became of one append of a call. `known`: some of its ids are stored. `busy`: a stream is locked elsewhere. */
export type Outcome =
  | { readonly kind: "ok"; readonly results: readonly WriteResult[]; readonly events: () => RecordedEvent[] }
  | {
      readonly kind: "conflict";
      readonly stream: string;
      readonly expected: number | "none" | "exists";
      readonly actual: number;
    }
  | { readonly kind: "known" }
  | { readonly kind: "busy" };

/**
 * Sends appends to the store in one call and returns their outcomes in the same order. With `wait` it waits for locked
 * streams, without it never does. It is one statement: outside a transaction it commits by itself.
 */
export async function callAppend(
  client: Pick<pg.PoolClient, "query">,
  group: readonly PreparedAppend[],
  wait: boolean,
): Promise<Outcome[]> {
  const { values, writeStream } = parameters(group, wait);
  const answer = await client.query<Row>({ name: "append", text: SQL, values });
  const row = answer.rows[0];
  if (!row) throw new Error("append returned no row");
  const sliceOf = (place: number) => row.slices[(writeStream[place] ?? 0) - 1] ?? Number.NaN;
  let write = 0;
  let event = 0;
  return group.map((append, index) => {
    const from = { write, event };
    write += append.writes.length;
    for (const each of append.writes) event += each.events.length;
    return outcomeOf(append, row.outcomes[index] ?? "missing", row, from, sliceOf);
  });
}

/** Where an append's writes and events start among those of the call. */
type Place = { readonly write: number; readonly event: number };

type Row = {
  readonly outcomes: readonly string[];
  readonly from_versions: readonly (bigint | null)[];
  readonly actual_versions: readonly bigint[];
  /** Null when no append of the call was accepted. */
  readonly positions: readonly (bigint | null)[] | null;
  readonly slices: readonly number[];
  readonly recorded_at: string;
};

const SQL = `select outcomes, from_versions, actual_versions, positions, slices, recorded_at from append(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`;

function parameters(group: readonly PreparedAppend[], wait: boolean) {
  const streams = new Map<string, number>();
  const writeAppend: number[] = [];
  const writeStream: number[] = [];
  const writeExpected: number[] = [];
  const writeCount: number[] = [];
  const eventAppend: number[] = [];
  const guardAppend: number[] = [];
  const guards: string[] = [];
  const events: PreparedEvent[] = [];
  const contexts: Append[] = [];
  for (const [index, append] of group.entries()) {
    for (const write of append.writes) {
      let place = streams.get(write.stream);
      if (place === undefined) {
        place = streams.size + 1;
        streams.set(write.stream, place);
      }
      writeAppend.push(index + 1);
      writeStream.push(place);
      writeExpected.push(expectedNumber(write.expected));
      writeCount.push(write.events.length);
      for (const event of write.events) {
        events.push(event);
        contexts.push(append.context);
        eventAppend.push(index + 1);
      }
    }
    if (append.guardId !== undefined) {
      guards.push(append.guardId);
      guardAppend.push(index + 1);
    }
  }
  const { payload, starts, dataBytes, metadataBytes } = payloadOf(events);
  const values = [
    textArray([...streams.keys()]),
    plainArray(writeAppend),
    plainArray(writeStream),
    plainArray(writeExpected),
    plainArray(writeCount),
    plainArray([...events.map((each) => each.id), ...guards]),
    plainArray([...eventAppend, ...guardAppend]),
    textArray(events.map(({ event }) => event.type)),
    plainArray(events.map(({ event }) => event.schemaVersion)),
    textArray(events.map(({ event }) => event.occurredAt)),
    textArray(events.map((each) => each.correlationId)),
    textArray(events.map((each) => each.causationId)),
    textArray(contexts.map((context) => context.actor)),
    textArray(contexts.map((context) => context.tenant)),
    textArray(contexts.map((context) => context.traceparent)),
    textArray(contexts.map((context) => context.command && JSON.stringify(context.command))),
    payload,
    plainArray(starts),
    plainArray(dataBytes),
    plainArray(metadataBytes),
    wait,
  ];
  return { values, writeStream };
}

/** The payloads end to end, as bytes: nothing is escaped on the way, so nothing can come back altered. */
function payloadOf(events: readonly PreparedEvent[]) {
  const texts: string[] = [];
  const starts: number[] = [];
  const dataBytes: number[] = [];
  const metadataBytes: (number | null)[] = [];
  let end = 0;
  for (const { event, bytes } of events) {
    starts.push(end + 1);
    dataBytes.push(bytes.data);
    metadataBytes.push(event.metadata == null ? null : bytes.metadata);
    texts.push(event.data);
    if (event.metadata != null) texts.push(event.metadata);
    end += bytes.data + bytes.metadata;
  }
  return { payload: Buffer.from(texts.join(""), "utf8"), starts, dataBytes, metadataBytes };
}

/** An array literal of numbers and UUIDs, which need no quotes. */
function plainArray(items: readonly (number | string | null)[]): string {
  return `{${items.map((item) => item ?? "NULL").join(",")}}`;
}

/** An array literal of texts; null when there is none, which the function reads as nulls throughout. */
function textArray(items: readonly (string | null | undefined)[]): string | null {
  if (items.every((item) => item == null)) return null;
  return `{${items.map((item) => (item == null ? "NULL" : `"${item.replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;
}

function expectedNumber(expected: ExpectedVersion): number {
  if (typeof expected === "number") return expected;
  return expected === "none" ? 0 : expected === "exists" ? -1 : -2;
}

function outcomeOf(
  append: PreparedAppend,
  kind: string,
  row: Row,
  from: Place,
  sliceOf: (write: number) => number,
): Outcome {
  if (kind === "known" || kind === "busy") return { kind };
  if (kind === "conflict") return conflictOf(append.writes, row, from.write);
  if (kind !== "ok") throw new Error(`append answered ${kind}`);
  let event = from.event;
  const results = append.writes.map((write, index): WriteResult => {
    const version = Number(row.from_versions[from.write + index]);
    const first = event;
    event += write.events.length;
    return {
      stream: write.stream,
      fromVersion: version,
      toVersion: version + write.events.length - 1,
      firstPosition: positionAt(row, first),
      lastPosition: positionAt(row, event - 1),
      recordedAt: row.recorded_at,
      replayed: false,
    };
  });
  return { kind, results, events: () => recordedEvents(append, results, row, from, sliceOf) };
}

function conflictOf(writes: readonly PreparedWrite[], row: Row, first: number): Outcome {
  for (const [index, { stream, expected }] of writes.entries()) {
    const actual = Number(row.actual_versions[first + index]);
    const wanted = expectedNumber(expected);
    if (expected !== "any" && (wanted >= 0 ? wanted !== actual : actual === 0)) {
      return { kind: "conflict", stream, expected, actual };
    }
  }
  throw new Error("append answered conflict without one");
}

function positionAt(row: Row, index: number): bigint {
  const position = row.positions?.[index];
  if (position == null) throw new Error("append gave an accepted event no position");
  return position;
}

/** The events as they were stored, without asking for them again. */
function recordedEvents(
  append: PreparedAppend,
  results: readonly WriteResult[],
  row: Row,
  from: Place,
  sliceOf: (write: number) => number,
): RecordedEvent[] {
  let index = from.event;
  return append.writes.flatMap((write, place) =>
    write.events.map((prepared, order): RecordedEvent => {
      const { event } = prepared;
      const occurred = event.occurredAt == null ? undefined : microseconds(event.occurredAt);
      return {
        id: prepared.id,
        type: event.type,
        schemaVersion: event.schemaVersion,
        stream: write.stream,
        version: (results[place]?.fromVersion ?? Number.NaN) + order,
        position: positionAt(row, index++),
        slice: sliceOf(from.write + place),
        recordedAt: row.recorded_at,
        occurredAt: occurred === undefined ? row.recorded_at : isoOfMicroseconds(occurred),
        correlationId: prepared.correlationId,
        causationId: prepared.causationId,
        actor: append.context.actor ?? null,
        tenant: append.context.tenant ?? null,
        traceparent: append.context.traceparent ?? null,
        data: event.data,
        metadata: event.metadata ?? null,
        command: append.context.command ? JSON.stringify(append.context.command) : null,
      };
    }),
  );
}
