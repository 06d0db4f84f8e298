import type pg from "pg";
import { plainArray, textArray } from "@/lib/db/array-literal";
import type { ImportEvent } from "@/lib/import/import-event";

/** Where an event of a load stands now; null when its id was stored before. */
type Place = { readonly position: bigint; readonly version: number; readonly slice: number } | null;

/** What one call of `import_events` did: a place for each event, in the order given, and the time of the recording. */
export type Loaded = { readonly places: readonly Place[]; readonly recordedAt: string };

/** The notice that `import_events` sends once its positions are drawn. */
export const POSITIONS_DRAWN = "positions drawn";

/** Events in the form in which they are sent: made while the server stores the ones before. */
export type PreparedLoad = {
  readonly events: readonly ImportEvent[];
  readonly values: readonly unknown[];
  /** Per event: the place of its stream among those of the call, from 1. */
  readonly streamOf: readonly number[];
};

/**
 * Stores events with different ids in one statement, in the order given; those whose id is known are passed over. Without
 * `lookForKnown` it is faster, and fails as a whole on the unique index of event ids when one of them is known.
 */
export async function loadEvents(
  client: Pick<pg.PoolClient, "query">,
  load: PreparedLoad,
  lookForKnown: boolean,
): Promise<Loaded> {
  const { events, streamOf } = load;
  const values = [...load.values, lookForKnown];
  const { rows } = await client.query<Row>({ name: "import-events", text: SQL, values });
  const row = rows[0];
  if (!row) throw new Error("import_events returned no row");
  const versions = row.versions.map(Number);
  const places = events.map((_, index): Place => {
    const position = row.positions[index];
    const stream = (streamOf[index] ?? 0) - 1;
    const before = versions[stream];
    const slice = row.slices[stream];
    if (position == null || before === undefined || slice === undefined) return null;
    const version = before + 1;
    versions[stream] = version;
    return { position, version, slice };
  });
  return { places, recordedAt: row.recorded_at };
}

type Row = {
  /** Of the events; null where one was stored before. */
  readonly positions: readonly (bigint | null)[];
  /** Of the streams, before this call. */
  readonly versions: readonly bigint[];
  /** Of the streams. */
  readonly slices: readonly number[];
  readonly recorded_at: string;
};

const SQL = `select positions, versions, slices, recorded_at from import_events(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`;

/** What a load adds to a stream: the places of its first and last event in the load, from 1, and the bytes of their payloads. */
type Grown = { readonly place: number; readonly first: number; last: number; events: number; bytes: number };

/** Lays events with different ids out for `loadEvents`. */
export function prepareLoad(events: readonly ImportEvent[]): PreparedLoad {
  const streams = new Map<string, Grown>();
  const streamOf: number[] = [];
  const nths: number[] = [];
  events.forEach(({ stream, bytes }, index) => {
    let grown = streams.get(stream);
    if (!grown) {
      grown = { place: streams.size + 1, first: index + 1, last: 0, events: 0, bytes: 0 };
      streams.set(stream, grown);
    }
    grown.last = index + 1;
    grown.events += 1;
    grown.bytes += bytes.data;
    streamOf.push(grown.place);
    nths.push(grown.events);
  });
  const grown = [...streams.values()];
  let end = 1;
  const starts = events.map(({ bytes }) => {
    const start = end;
    end += bytes.data + bytes.metadata;
    return start;
  });
  const values = [
    textArray([...streams.keys()]),
    plainArray(grown.map(({ first }) => first)),
    plainArray(grown.map(({ last }) => last)),
    plainArray(grown.map(({ bytes }) => bytes)),
    plainArray(streamOf),
    plainArray(nths),
    plainArray(events.map((event) => event.id)),
    textArray(events.map((event) => event.type)),
    plainArray(events.map((event) => event.schemaVersion)),
    textArray(events.map((event) => event.occurredAt)),
    textArray(events.map((event) => event.correlationId)),
    textArray(events.map((event) => event.causationId)),
    textArray(events.map((event) => event.actor)),
    textArray(events.map((event) => event.tenant)),
    textArray(events.map((event) => event.traceparent)),
    // As bytes, end to end: nothing is escaped on the way, so nothing can come back altered.
    Buffer.from(events.map((event) => event.data + event.metadata).join(""), "utf8"),
    plainArray(starts),
    plainArray(events.map((event) => event.bytes.data)),
    plainArray(events.map((event) => event.bytes.metadata)),
  ];
  return { events, values, streamOf };
}
