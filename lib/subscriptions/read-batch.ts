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
  const cut = last !== undefined && (rows.length >= limit || Number(last[13]) >= BATCH_BYTES);
  const to = cut && last ? BigInt(last[0]) : reach > after ? reach : after;
  return { events, to, more: cut || reach < highWater, readAt: isoTime(mark[5] ?? ""), highWater };
}

// The mark comes as the first row, from the same snapshot as the events. Payload bytes are summed in order so that a
// batch of large events ends early. Columns that no consumer sees (metadata, command, leaf) stay on the server.
const SQL = `
  select position, null, null, null, null, clock_timestamp(), null, null, null, null, null, null, null, null, null from high_water
  union all
  select * from (
    select position, event_id, type, schema_version, stream, recorded_at, occurred_at, version, correlation_id, causation_id,
           actor, tenant, data, sum(octet_length(data::text)) over (order by position rows unbounded preceding) as reach,
           traceparent
      from (select * from events e
             where e.position > $1 and e.position <= least($2::bigint, (select position from high_water))
               and e.type = any ($3::text[]) and e.slice >= $4 and e.slice < $5
             order by e.position limit $6) e
  ) read where read.reach - octet_length(read.data::text) < $7`;

type Row = readonly [string, string, string, string, string, string, string, string, string, ...(string | null)[]];

/** Values arrive as text and are read when they are asked for: most consumers look at few of them. */
const asText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

class LogEvent implements RecordedEvent {
  readonly #row: Row;
  readonly metadata = null;
  readonly command = null;
  readonly slice = -1;

  constructor(row: Row) {
    this.#row = row;
  }
  get position() {
    return BigInt(this.#row[0]);
  }
  get id() {
    return this.#row[1];
  }
  get type() {
    return this.#row[2];
  }
  get schemaVersion() {
    return Number(this.#row[3]);
  }
  get stream() {
    return this.#row[4];
  }
  get recordedAt() {
    return isoTime(this.#row[5]);
  }
  get occurredAt() {
    return isoTime(this.#row[6]);
  }
  get version() {
    return Number(this.#row[7]);
  }
  get correlationId() {
    return this.#row[8];
  }
  get causationId() {
    return this.#row[9] ?? null;
  }
  get actor() {
    return this.#row[10] ?? null;
  }
  get tenant() {
    return this.#row[11] ?? null;
  }
  get data() {
    return this.#row[12] ?? "null";
  }
  get traceparent() {
    return this.#row[14] ?? null;
  }
}
