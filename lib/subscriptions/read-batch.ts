import type pg from "pg";
import { isoTime } from "@/lib/db/type-parsers";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";

/** What to read: events of these types and slices above `after`, at most `limit`. */
export type BatchRequest = {
  readonly types: readonly string[];
  readonly sliceFrom: number;
  readonly sliceTo: number;
  readonly after: Position;
  readonly limit: number;
};

/**
 * A part of the log, read in one statement. Everything that the consumer handles above `after` and up to `to` is in it.
 * `more` tells that reading on at once is worth it; `readAt` is the database's time of the reading.
 */
export type Batch = {
  readonly events: readonly RecordedEvent[];
  readonly to: Position;
  readonly more: boolean;
  readonly readAt: string;
  readonly highWater: Position;
};

/** Payload bytes that one batch may hold, whatever its number of events: a worker's memory is bounded by it. */
const BATCH_BYTES = 24 * 1024 * 1024;
/** Positions that one statement looks at, so that a rare type does not keep it busy for minutes. */
const SPAN = 1_000_000n;

/** Reads the next batch behind the high-water mark. Never returns an event above the mark. */
export async function readBatch(pool: pg.Pool, request: BatchRequest): Promise<Batch> {
  const { types, sliceFrom, sliceTo, after, limit } = request;
  const until = after + SPAN;
  const result = await pool.query<string[]>({
    name: "read_batch",
    text: SQL,
    values: [after, until, types, sliceFrom, sliceTo, limit, BATCH_BYTES],
    rowMode: "array",
    types: asText,
  });
  const [mark, ...rows] = result.rows as unknown as readonly Row[];
  if (!mark) throw new Error("The high-water row is missing. Run the migrations.");
  const highWater = BigInt(mark[0]);
  const reach = highWater < until ? highWater : until;
  const events = rows.map((row) => new LogEvent(row));
  const last = rows.at(-1);
  const cut = last !== undefined && (rows.length >= limit || Number(last[10]) >= BATCH_BYTES);
  const to = cut && last ? BigInt(last[0]) : reach > after ? reach : after;
  return { events, to, more: cut || reach < highWater, readAt: isoTime(mark[4]), highWater };
}

// The mark comes as the first row, from the same snapshot as the events. Payload bytes are summed in order so that a
// batch of large events ends early. Columns that no consumer sees (metadata, command, leaf) stay on the server; texts
// that few consumers look at come as one column, because each column of each row costs a tenth of a microsecond.
const SQL = `
  select position, null, null, null, clock_timestamp(), null, null, null, null, null, null from high_water
  union all
  select * from (
    select position, type, schema_version, stream, recorded_at, occurred_at, version,
           event_id || ${packed("correlation_id")} || e'\\x1f' || ${packed("causation_id")} || e'\\x1f' || ${packed("actor")}
             || e'\\x1f' || ${packed("tenant")} || e'\\x1f' || ${packed("traceparent")} as context,
           data, slice, sum(octet_length(data::text)) over (order by position rows unbounded preceding) as reach
      from (select * from events e
             where e.position > $1 and e.position <= least($2::bigint, (select position from high_water))
               and e.type = any ($3::text[]) and e.slice >= $4 and e.slice < $5
             order by e.position limit $6) e
  ) read where read.reach - octet_length(read.data::text) < $7`;

/** Unit separators part the texts, so one within a text is written as an escape and its marker doubled; null is `\x10n`. */
function packed(column: string): string {
  return `coalesce(replace(replace(${column}, e'\\x10', e'\\x10m'), e'\\x1f', e'\\x10u'), e'\\x10n')`;
}

function unpacked(text: string | undefined): string | null {
  if (text === undefined || text === NULL_MARK) return null;
  return text.includes("\x10") ? text.replaceAll("\x10u", "\x1f").replaceAll("\x10m", "\x10") : text;
}

const NULL_MARK = "\x10n";
const ID_LENGTH = 36;

type Row = readonly [string, string, string, string, string, string, string, string, string, string, string];

/** Values arrive as text and are read when they are asked for: most consumers look at few of them. */
const asText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

class LogEvent implements RecordedEvent {
  readonly #row: Row;
  readonly #context: readonly string[];
  readonly metadata = null;
  readonly command = null;

  constructor(row: Row) {
    this.#row = row;
    this.#context = row[7].slice(ID_LENGTH).split("\x1f");
  }
  get position() {
    return BigInt(this.#row[0]);
  }
  get type() {
    return this.#row[1];
  }
  get schemaVersion() {
    return Number(this.#row[2]);
  }
  get stream() {
    return this.#row[3];
  }
  get recordedAt() {
    return isoTime(this.#row[4]);
  }
  get occurredAt() {
    return isoTime(this.#row[5]);
  }
  get version() {
    return Number(this.#row[6]);
  }
  get id() {
    return this.#row[7].slice(0, ID_LENGTH);
  }
  get correlationId() {
    return unpacked(this.#context[0]) ?? "";
  }
  get causationId() {
    return unpacked(this.#context[1]);
  }
  get actor() {
    return unpacked(this.#context[2]);
  }
  get tenant() {
    return unpacked(this.#context[3]);
  }
  get traceparent() {
    return unpacked(this.#context[4]);
  }
  get slice() {
    return Number(this.#row[9]);
  }
  get data() {
    return this.#row[8];
  }
}
