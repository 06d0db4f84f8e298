import type pg from "pg";
import { queryKeepingMemory } from "@/lib/db/keep-memory";
import { columnsSql, type LogColumns } from "@/lib/event-store/log-columns";
import { eventsOf } from "@/lib/event-store/log-event";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { SparingReading } from "@/lib/event-store/spared";
import type { Position } from "@/lib/kernel/position";

/** What to read: events of these types and slices above `after`, at most `limit`. */
export type BatchRequest = {
  readonly types: readonly string[];
  readonly sliceFrom: number;
  readonly sliceTo: number;
  readonly after: Position;
  /** Nothing above this is read: the batch is one range of several. */
  readonly upTo?: Position;
  readonly limit: number;
  /** False: nobody asks for the events' correlation, causation, actor and trace. They need not be there then. */
  readonly context?: boolean;
  /** What else need not be read, beside the context; and where it is noted what is asked for. */
  readonly sparing?: SparingReading;
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
/** The same for a batch whose events are all small, which is read without summing up. */
const WHOLE_BYTES = 48 * 1024 * 1024;
/** Ranges of a log that is read ahead may hold together, several at a time, what one batch of so many events may. */
const SHARED_BY = 16_000;
/** Events of which the server holds megabytes before it sends them: a kilobyte for each, at most. */
const LARGE = 2_000;
/** Positions that one statement looks at, so that a rare type does not keep it busy for minutes. */
const SPAN = 1_000_000n;

/** Reads the next batch behind the high-water mark. Never returns an event above the mark. */
export async function readBatch(pool: pg.Pool, request: BatchRequest): Promise<Batch> {
  const { types, sliceFrom, sliceTo, after, limit, sparing } = request;
  const until = request.upTo !== undefined && request.upTo < after + SPAN ? request.upTo : after + SPAN;
  const read = async (name: string, text: string, bytesMax: number, more: readonly unknown[] = []) => {
    const values = [after, until, types, sliceFrom, sliceTo, limit, bytesMax, ...more];
    const query = { name, text, values };
    const large = limit >= LARGE;
    const { rows } = await (large ? queryKeepingMemory<Row>(pool, limit, query) : pool.query<Row>(query));
    if (!rows[0]) throw new Error("The high-water row is missing. Run the migrations.");
    return rows[0];
  };
  const share = request.upTo === undefined ? 1 : Math.min(1, limit / SHARED_BY);
  const most = Math.floor((WHOLE_BYTES * share) / limit);
  const first = () => {
    if (sparing) return read("read_sparing", SPARING, most, [sparing.spared.payloads, !sparing.spared.ids]);
    return request.context === false ? read("read_lean", LEAN, most) : read("read_batch", WHOLE, most);
  };
  const whole = await first();
  const clear = whole.unread === 0 ? eventsOf(whole, whole.count, false, sparing) : undefined;
  const row = clear ? whole : await read("read_batch_up_to", UP_TO_BYTES, Math.floor(BATCH_BYTES * share));
  const rest = sparing && { ...sparing, spared: NOTHING };
  const events = clear ?? eventsOf(row, row.count, true, rest) ?? [];
  const { highWater, readAt, last } = row;
  const reach = highWater < until ? highWater : until;
  const cut = last !== null && (row.count >= limit || row.unread > 0);
  const to = cut && last !== null ? last : furthest(reach, after);
  if (events.length !== row.count || (events.at(-1)?.position ?? null) !== last) {
    throw new Error(`A batch of ${row.count} events up to ${last} arrived as ${events.length} in another order.`);
  }
  return { events, to, more: cut || reach < highWater, readAt, highWater };
}

function furthest(a: Position, b: Position): Position {
  return a < b ? b : a;
}

type Row = LogColumns & {
  readonly highWater: bigint;
  readonly readAt: string;
  readonly count: number;
  readonly last: bigint | null;
  /** Events that were left out for their size. */
  readonly unread: number;
};

// One row for the whole batch: a value of some megabytes costs far less than tens of thousands of small ones. The mark is
// from the same snapshot as the events.
const batchOf = (events: string) => `
  select h.position as "highWater", clock_timestamp() as "readAt", batch.* from high_water h cross join (${events}) batch`;

// Of what is stored uncompressed the size is known without a look at it.
const BYTES = `case when pg_column_compression(data) is null then pg_column_size(data) else octet_length(data::text) end`;

const eventsWith = (bytes: string) => `
  select e.*, ${bytes} as bytes from events e
   where e.position > $1 and e.position <= least($2::bigint, (select position from high_water))
     and e.type = any ($3::text[]) and e.slice >= $4 and e.slice < $5
   order by e.position limit $6`;
const EVENTS = eventsWith(BYTES);

// Where no payload exceeds its share of what the batch may hold, nothing needs to be summed up: a third of the cost.
const wholeWith = (reading: { context: boolean; data: string; ids?: string }, events: string) =>
  batchOf(`
  select count(*)::integer as count, max(position) as last, (count(*) filter (where bytes > $7::integer))::integer as unread,
         ${columnsSql({ ...reading, careful: false })}
    from (${events}) e`);
const DATA = "case when bytes <= $7::integer then data::text end";
const WHOLE = wholeWith({ context: true, data: DATA }, EVENTS);
const LEAN = wholeWith({ context: false, data: DATA }, EVENTS);
// What is not sent has no size.
const SPARING = wholeWith(
  { context: false, data: `case when bytes is null then '' else ${DATA} end`, ids: "$9::boolean" },
  eventsWith(`case when e.type <> all ($8::text[]) then ${BYTES} end`),
);
const NOTHING = { payloads: [], ids: false };

// Payload bytes are summed in order, so that a batch of large events ends early; its first event is always in it.
const UP_TO_BYTES = batchOf(`
  select (count(*) filter (where fits))::integer as count, max(position) filter (where fits) as last,
         (count(*) filter (where not fits))::integer as unread,
         ${columnsSql({ context: true, careful: true, only: "fits" })}
    from (select e.*, sum(bytes) over (order by position rows unbounded preceding) - bytes < $7::integer as fits
            from (${EVENTS}) e) e`);
