import { checkLimit, checkPosition, checkText, invalid } from "@/lib/queries/check-input";
import { readHighWater } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** A stream as lists show it. */
export type StreamRow = {
  readonly stream: string;
  readonly category: string;
  readonly version: number;
  readonly bytes: number;
  readonly firstPosition: string | null;
  readonly lastPosition: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The type of its last event; only when sorted by activity. */
  readonly lastType: string | null;
};

/** One page of streams. `scan` is set when a filter without an index stopped at its bound; `next` continues it. */
export type StreamsPage = {
  readonly streams: readonly StreamRow[];
  readonly sort: "name" | "activity";
  readonly next: string | null;
  readonly scan: { readonly scanned: number } | null;
};

/** What a page of streams is asked by. */
export type StreamsRequest = {
  readonly prefix?: string | undefined;
  readonly contains?: string | undefined;
  readonly category?: string | undefined;
  readonly sort?: "name" | "activity" | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** Rows one request looks at: names along their index, or the log's newest events for activity. */
const NAMES_MAX = 10_000;
const ACTIVITY_MAX = 5_000;

/** Lists streams by name, or by last activity (newest first). `cursor` is the `next` of the page before. */
export async function listStreams(context: QueryContext, page: StreamsRequest): Promise<StreamsPage> {
  const limit = checkLimit(page.limit);
  for (const name of ["prefix", "contains", "category", "cursor"] as const) {
    const value = page[name];
    if (value !== undefined) checkText(value, name);
  }
  return page.sort === "activity" ? byActivity(context, page, limit) : byName(context, page, limit);
}

/** The record of a stream as the database gives it. */
export type StreamRecord = {
  readonly stream: string;
  readonly category: string;
  readonly version: bigint;
  readonly bytes: bigint;
  readonly first_position: bigint | null;
  readonly last_position: bigint | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly last_type?: string | null;
};

/** The columns of `StreamRecord`, of the table `s`. */
export const streamColumns =
  "s.stream, s.category, s.version, s.bytes, s.first_position, s.last_position, s.created_at, s.updated_at";

/** A database row as lists show it. */
export function toStreamRow(record: StreamRecord): StreamRow {
  return {
    stream: record.stream,
    category: record.category,
    version: Number(record.version),
    bytes: Number(record.bytes),
    firstPosition: record.first_position === null ? null : String(record.first_position),
    lastPosition: record.last_position === null ? null : String(record.last_position),
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    lastType: record.last_type ?? null,
  };
}

/**
 * Walks the names (within the category's own index when one is asked for) from the cursor or the prefix on. Names with one
 * prefix stand together in the order of bytes, so that the prefix is a range and never a filter.
 */
async function byName({ reads }: QueryContext, page: StreamsRequest, limit: number): Promise<StreamsPage> {
  const { values, bind } = createValues();
  const columns = page.category === undefined ? "s.stream" : "s.category, s.stream";
  const category = page.category === undefined ? "" : `${bind(page.category)}::text, `;
  const place = (name: string) => `(${category}${bind(name)}::text)`;
  const where = [`(${columns}) >= ${place(page.prefix ?? "")}`];
  if (page.cursor !== undefined) where.push(`(${columns}) > ${place(page.cursor)}`);
  if (page.prefix) where.push(`(${columns}) < ${place(afterPrefix(page.prefix))}`);
  if (page.category !== undefined) where.push(`s.category <= ${category.slice(0, -2)}`);
  const bound = page.contains ? NAMES_MAX : limit + 50;
  const walk = `from streams s where ${where.join(" and ")} order by ${columns} limit ${bound}`;
  const walkValues = [...values];

  const residual = page.contains ? `and position(${bind(page.contains)}::text in s.stream) > 0` : "";
  const records = await reads.query<StreamRecord>(
    `select ${streamColumns} from (select s.* ${walk}) s
      where s.version > 0 ${residual} order by ${columns} limit ${bind(limit + 1)}::int`,
    values,
  );
  const streams = records.slice(0, limit).map(toStreamRow);
  if (records.length > limit) return { streams, sort: "name", next: streams.at(-1)?.stream ?? null, scan: null };
  const [end] = await reads.query<{ walked: number; stream: string | null }>(
    `select count(*)::int as walked, max(s.stream) as stream from (select s.stream ${walk}) s`,
    walkValues,
  );
  const stopped = end && end.walked >= bound;
  return { streams, sort: "name", next: stopped ? end.stream : null, scan: stopped ? { scanned: end.walked } : null };
}

/** Walks the log backwards and keeps each stream's newest event, so that every stream comes once. */
async function byActivity(context: QueryContext, page: StreamsRequest, limit: number): Promise<StreamsPage> {
  const highWater = await readHighWater(context);
  const cursor = page.cursor === undefined ? highWater : checkPosition(page.cursor, "cursor") - 1n;
  const high = cursor < highWater ? cursor : highWater;
  const { values, bind } = createValues();
  const category = page.category === undefined ? null : `${bind(page.category)}::text`;
  const where = category
    ? `(e.category, e.position) <= (${category}, ${bind(high)}::bigint) and (e.category, e.position) >= (${category}, 0)`
    : `e.position <= ${bind(high)}::bigint`;
  const order = category ? "e.category desc, e.position desc" : "e.position desc";
  const walk = `from events e where ${where} order by ${order} limit ${ACTIVITY_MAX}`;
  const walkValues = [...values];
  const residual = ["true"];
  if (page.prefix) residual.push(`starts_with(e.stream, ${bind(page.prefix)}::text)`);
  if (page.contains) residual.push(`position(${bind(page.contains)}::text in e.stream) > 0`);
  // A stream whose newest event is still above the mark is listed by its newest event below it.
  const records = await context.reads.query<StreamRecord & { position: bigint }>(
    `select ${streamColumns}, e.type as last_type, e.position
       from (select e.position, e.stream, e.version, e.type ${walk}) e
      cross join lateral (select * from streams named where named.stream = e.stream limit 1) s
      where ${residual.join(" and ")}
        and (s.last_position = e.position or (s.last_position > ${bind(highWater)}::bigint and not exists (
              select from events n where n.stream = e.stream and n.version = e.version + 1 and n.position <= ${bind(highWater)}::bigint)))
      order by e.position desc limit ${bind(limit + 1)}::int`,
    values,
  );
  const streams = records.slice(0, limit).map(toStreamRow);
  const last = records.slice(0, limit).at(-1);
  if (records.length > limit)
    return { streams, sort: "activity", next: last ? String(last.position) : null, scan: null };
  const [end] = await context.reads.query<{ walked: number; position: bigint | null }>(
    `select count(*)::int as walked, min(e.position) as position from (select e.position ${walk}) e`,
    walkValues,
  );
  const stopped = end && end.walked >= ACTIVITY_MAX && end.position !== null;
  return {
    streams,
    sort: "activity",
    next: stopped ? String(end.position) : null,
    scan: stopped ? { scanned: end.walked } : null,
  };
}

/** The least text that is greater than every text with this prefix. */
function afterPrefix(prefix: string): string {
  const points = [...prefix];
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]?.codePointAt(0) ?? 0;
    if (point === 0x10ffff) continue;
    const next = point === 0xd7ff ? 0xe000 : point + 1;
    return points.slice(0, i).join("") + String.fromCodePoint(next);
  }
  throw invalid("prefix", "has no text after it");
}
