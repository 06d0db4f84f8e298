import type pg from "pg";
import { createReadDatabase } from "@/lib/db/read-database";
import { EVENT_COLUMNS, type EventRow, toRecordedEvent } from "@/lib/event-store/event-row";
import { columnsSql, type LogColumns } from "@/lib/event-store/log-columns";
import { eventsOf } from "@/lib/event-store/log-event";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { EventStore, LogRead } from "@/lib/event-store/store";
import { derivedId, isUuid } from "@/lib/kernel/ids";
import { limits } from "@/lib/kernel/limits";

type Reads = Pick<
  EventStore,
  | "readStream"
  | "readStreamToFold"
  | "readAll"
  | "readById"
  | "readByPosition"
  | "findByIdempotencyKey"
  | "streamVersion"
  | "highWater"
>;

/** The reading half of the store. Every read is keyset: its cost is its page, wherever in the log it starts. */
export function createReads(pool: pg.Pool): Reads {
  const database = createReadDatabase(pool);
  const events = async (sql: string, values: readonly unknown[]): Promise<RecordedEvent[]> => {
    const rows = await database.query<EventRow>(sql, values);
    return rows.map(toRecordedEvent);
  };
  return {
    readStream: (stream, { from, limit = limits.pageDefault, direction = "forwards" } = {}) =>
      direction === "forwards"
        ? events(STREAM_FORWARDS, [stream, from ?? 1, limit])
        : events(STREAM_BACKWARDS, [stream, from ?? Number.MAX_SAFE_INTEGER, limit]),
    readStreamToFold: async (stream, { from, limit }) => {
      const [row] = await database.query<LogColumns & { count: number }>(STREAM_TO_FOLD, [stream, from, limit]);
      return (row && eventsOf(row, row.count, true)) ?? [];
    },
    readAll: (read) => {
      const { sql, values } = logStatement(read);
      return events(sql, values);
    },
    readById: async (id) => (isUuid(id) ? (await events(BY_ID, [id]))[0] : undefined),
    readByPosition: async (position) => (await events(BY_POSITION, [position]))[0],
    findByIdempotencyKey: async (scope, key) => {
      const found: RecordedEvent[] = [];
      for (let size = 4; ; size *= 4) {
        const ids = Array.from({ length: size }, (_, n) => derivedId(scope, key, String(found.length + n)));
        const page = await events(BY_IDS, [ids]);
        found.push(...page);
        // Ids are derived in order, so the first one that is missing ends the list.
        if (page.length < size) return found;
      }
    },
    streamVersion: async (stream) => {
      const [row] = await database.query<{ version: bigint }>("select version from streams where stream = $1", [
        stream,
      ]);
      return Number(row?.version ?? 0);
    },
    highWater: async () => {
      const [row] = await database.query<{
        position: bigint;
        head: bigint;
        moved_at: string;
        checked_at: string | null;
        agent: string | null;
      }>(HIGH_WATER);
      if (!row) throw new Error("The high-water row is missing. Run the migrations.");
      return {
        position: row.position,
        head: row.head,
        movedAt: row.moved_at,
        checkedAt: row.checked_at,
        agent: row.agent,
      };
    },
  };
}

const STREAM_FORWARDS = `select ${EVENT_COLUMNS} from events e
  where e.stream = $1 and e.version >= $2 order by e.version limit $3`;
const STREAM_TO_FOLD = `select count(*)::integer as count, ${columnsSql({ context: true, careful: true })} from (
    select e.* from events e where e.stream = $1 and e.version >= $2 order by e.version limit $3) e`;
const STREAM_BACKWARDS = `select ${EVENT_COLUMNS} from events e
  where e.stream = $1 and e.version <= $2 order by e.version desc limit $3`;
const BY_ID = `select ${EVENT_COLUMNS} from events e where e.event_id = $1`;
const BY_POSITION = `select ${EVENT_COLUMNS} from events e where e.position = $1`;
const BY_IDS = `select ${EVENT_COLUMNS} from unnest($1::uuid[]) with ordinality as i(id, place)
  cross join lateral (select * from events e where e.event_id = i.id limit 1) e order by i.place`;
const HIGH_WATER = `select h.position, h.moved_at, h.checked_at, h.agent,
  case when s.is_called then s.last_value else 0 end as head from high_water h cross join position_seq s`;

/** Only the filters that are given enter the text, so that each combination is planned for its own index. */
function logStatement(read: LogRead): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const down = read.direction === "backwards";
  const where = [
    // One statement is one view: the mark covers exactly what this view sees.
    "e.position <= (select h.position from high_water h)",
    ...(read.after === undefined ? [] : [`e.position > ${value(read.after)}`]),
    ...(read.before === undefined ? [] : [`e.position < ${value(read.before)}`]),
    ...(read.category === undefined ? [] : [`e.category = ${value(read.category)}`]),
    ...(read.stream === undefined ? [] : [`e.stream = ${value(read.stream)}`]),
    ...(read.correlationId === undefined ? [] : [`e.correlation_id = ${value(read.correlationId)}`]),
  ];
  // Within a stream the order of versions is the order of positions, and it has an index.
  const order = `order by ${read.stream === undefined ? "position" : "version"}${down ? " desc" : ""}`;
  const limit = `limit ${value(read.limit ?? limits.pageDefault)}`;
  const page = (more: string) => `select ${EVENT_COLUMNS} from events e where ${where.join(" and ")}${more}`;
  if (!read.types) return { sql: `${page("")} ${order} ${limit}`, values };
  const types = value([...new Set(read.types)]);
  // Type by type along the index of types: a rare type must not be looked for through the whole log.
  const sql = `select e.* from unnest(${types}::text[]) as t(type)
    cross join lateral (${page(" and e.type = t.type")} ${order} ${limit}) e ${order} ${limit}`;
  return { sql, values };
}
