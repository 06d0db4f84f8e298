import type pg from "pg";
import { plainArray, textArray } from "@/lib/db/array-literal";
import { callAppendEvent } from "@/lib/event-store/append-event-call";
import { conflictOf, expectedNumber, type Outcome, recordedEvent } from "@/lib/event-store/append-outcome";
import { idsOf, type PreparedAppend, type PreparedEvent } from "@/lib/event-store/prepare-append";
import type { Append, RecordedEvent, WriteResult } from "@/lib/event-store/recorded-event";

/** How a call is made. `wait`: for locked streams. `lookForKnown`: before anything else, for event ids that are stored. */
export type CallMode = { readonly wait: boolean; readonly lookForKnown: boolean };

/**
 * Sends appends to the store in one call and returns their outcomes in the same order. It is one statement: outside a
 * transaction it commits by itself. Without `lookForKnown` it is faster, and fails as a whole on the unique index of event
 * ids when one of them is stored; a conflict may then be a repeated append's with itself.
 */
export async function callAppend(
  client: Pick<pg.PoolClient, "query">,
  group: readonly PreparedAppend[],
  mode: CallMode,
): Promise<Outcome[]> {
  const [only] = group;
  if (only && group.length === 1 && only.ids.length === 1 && !mode.wait && !mode.lookForKnown) {
    return [await callAppendEvent(client, only)];
  }
  const { values, writeStream } = parameters(group, mode);
  const answer = await client.query<Row>({ name: "append", text: SQL, values });
  const row = answer.rows[0];
  if (!row) throw new Error("append returned no row");
  const sliceOf = (place: number) => row.slices[(writeStream[place] ?? 0) - 1] ?? Number.NaN;
  const from = { write: 0, event: 0 };
  return group.map((append, index) => {
    const outcome = outcomeOf(append, row.outcomes[index] ?? "missing", row, { ...from }, sliceOf);
    from.write += append.writes.length;
    if (outcome.kind === "ok") from.event += append.ids.length;
    return outcome;
  });
}

/** Where an append's writes start among those of the call, and its events among those that were stored. */
type Place = { readonly write: number; readonly event: number };

type Row = {
  readonly outcomes: readonly string[];
  readonly from_versions: readonly (bigint | null)[];
  readonly actual_versions: readonly bigint[];
  /** Of the stored events, in order; null when no append of the call was accepted. */
  readonly positions: readonly bigint[] | null;
  readonly slices: readonly number[];
  readonly recorded_at: string;
};

const SQL = `select outcomes, from_versions, actual_versions, positions, slices, recorded_at from append(
  ${Array.from({ length: 25 }, (_, index) => `$${index + 1}`).join(", ")})`;

function parameters(group: readonly PreparedAppend[], { wait, lookForKnown }: CallMode) {
  const streams = new Map<string, number>();
  const writeAppend: number[] = [];
  const writeStream: number[] = [];
  const writeExpected: number[] = [];
  const writeCount: number[] = [];
  const writeBytes: number[] = [];
  const eventWrite: number[] = [];
  const eventPlace: number[] = [];
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
      let bytes = 0;
      for (const [order, event] of write.events.entries()) {
        events.push(event);
        contexts.push(append.context);
        eventWrite.push(writeStream.length);
        eventPlace.push(order);
        bytes += event.bytes.data;
      }
      writeBytes.push(bytes);
    }
  }
  const known = group.flatMap((append, index) => {
    const ids = lookForKnown ? idsOf(append) : append.guardId === undefined ? [] : [append.guardId];
    return ids.map((id) => ({ id, append: index + 1 }));
  });
  const { payload, starts, dataBytes, metadataBytes } = payloadOf(events);
  const values = [
    textArray([...streams.keys()]),
    plainArray(writeAppend),
    plainArray(writeStream),
    plainArray(writeExpected),
    plainArray(writeCount),
    plainArray(writeBytes),
    known.length === 0 ? null : plainArray(known.map(({ id }) => id)),
    known.length === 0 ? null : plainArray(known.map(({ append }) => append)),
    plainArray(eventWrite),
    plainArray(eventPlace),
    plainArray(events.map((each) => each.id)),
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

function outcomeOf(
  append: PreparedAppend,
  kind: string,
  row: Row,
  from: Place,
  sliceOf: (write: number) => number,
): Outcome {
  if (kind === "known" || kind === "busy") return { kind };
  if (kind === "conflict") return conflictOf(append.writes, (index) => Number(row.actual_versions[from.write + index]));
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
    write.events.map((event, order) =>
      recordedEvent(append.context, event, {
        stream: write.stream,
        version: (results[place]?.fromVersion ?? Number.NaN) + order,
        position: positionAt(row, index++),
        slice: sliceOf(from.write + place),
        recordedAt: row.recorded_at,
      }),
    ),
  );
}
