import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";
import { EVENT_SEPARATOR, eventOf, eventTextSql, textsSql } from "@/lib/subscriptions/log-event";

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
  const { rows } = await pool.query<Row>({
    name: "read_batch",
    text: SQL,
    values: [after, until, types, sliceFrom, sliceTo, limit, BATCH_BYTES],
  });
  const [row] = rows;
  if (!row) throw new Error("The high-water row is missing. Run the migrations.");
  const { highWater, readAt, last } = row;
  const reach = highWater < until ? highWater : until;
  const events = row.text === null ? [] : row.text.split(EVENT_SEPARATOR).map(eventOf);
  const cut = last !== null && (row.count >= limit || row.bytes >= BATCH_BYTES);
  const to = cut && last !== null ? last : furthest(reach, after);
  if (events.length !== row.count || (events.at(-1)?.position ?? null) !== last) {
    throw new Error(`A batch of ${row.count} events up to ${last} arrived as ${events.length} in another order.`);
  }
  return { events, to, more: cut || reach < highWater, readAt, highWater };
}

function furthest(a: Position, b: Position): Position {
  return a < b ? b : a;
}

type Row = {
  readonly highWater: bigint;
  readonly readAt: string;
  readonly count: number;
  readonly last: bigint | null;
  readonly bytes: number;
  readonly text: string | null;
};

// One row for the whole batch: a value of some megabytes costs far less than tens of thousands of small ones. The mark is
// from the same snapshot as the events. Payload bytes are summed in order so that a batch of large events ends early.
const SQL = `
  select h.position as "highWater", clock_timestamp() as "readAt", batch.*
    from high_water h cross join (
      select count(*)::integer as count, max(position) as last, coalesce(max(reach), 0)::float8 as bytes,
             string_agg(text, e'\\x1e') as text
        from (
          select position, sum(bytes) over (order by position rows unbounded preceding) as reach, bytes, text
            from (
              select position, octet_length(data::text) as bytes, ${eventTextSql} as text from (
                select e.*, ${textsSql} from events e
                 where e.position > $1 and e.position <= least($2::bigint, (select position from high_water))
                   and e.type = any ($3::text[]) and e.slice >= $4 and e.slice < $5
                 order by e.position limit $6
              ) e
            ) e
        ) read where reach - bytes < $7
    ) batch`;
