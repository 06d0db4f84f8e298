import { checkLimit, checkPosition, checkText } from "@/lib/queries/check-input";
import { readHighWater } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";
import { type ScanBudget, searchInSteps, usualBudget } from "@/lib/queries/search-in-steps";
import { createValues } from "@/lib/queries/sql-values";
import { afterPrefix, type StreamRecord, type StreamRow, streamColumns, toStreamRow } from "@/lib/queries/stream-row";
import { streamsByPart } from "@/lib/queries/streams-by-part";

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

/** Names that a page walks beside its rows: streams that were made and never written are passed over. */
const NAMES_BESIDE = 50;

/**
 * Lists streams by name, or by last activity (newest first). `cursor` is the `next` of the page before. Parts of names are
 * found by trigrams where the server has them, else by a search that says how far it came.
 */
export async function listStreams(
  context: QueryContext,
  page: StreamsRequest,
  budget: ScanBudget = usualBudget,
): Promise<StreamsPage> {
  const limit = checkLimit(page.limit);
  for (const name of ["prefix", "contains", "category", "cursor"] as const) {
    const value = page[name];
    if (value !== undefined) checkText(value, name);
  }
  const sort = page.sort ?? "name";
  const { contains } = page;
  const known = contains === undefined ? null : await streamsByPart(context, { ...page, contains, sort }, limit + 1);
  const { found, stop } =
    known !== null
      ? { found: known, stop: null }
      : await (sort === "activity" ? byActivity : byName)(context, page, limit + 1, budget);
  const streams = found.slice(0, limit).map(toStreamRow);
  const scan = stop && { scanned: stop.scanned };
  if (found.length <= limit) return { streams, sort, next: stop?.end ?? null, scan };
  const last = found[limit - 1];
  return { streams, sort, next: last ? (sort === "name" ? last.stream : String(last.position)) : null, scan: null };
}

/**
 * Walks the names (within the category's own index when one is asked for) from the cursor or the prefix on. Names with one
 * prefix stand together in the order of bytes, so that the prefix is a range and never a filter.
 */
async function byName({ reads }: QueryContext, page: StreamsRequest, wanted: number, budget: ScanBudget) {
  let { cursor } = page;
  const look = async (rows: number, more: number) => {
    const bound = page.contains ? rows : more + NAMES_BESIDE;
    const { values, bind } = createValues();
    const columns = page.category === undefined ? "s.stream" : "s.category, s.stream";
    const category = page.category === undefined ? "" : `${bind(page.category)}::text, `;
    const place = (name: string) => `(${category}${bind(name)}::text)`;
    const where = [`(${columns}) >= ${place(page.prefix ?? "")}`];
    if (cursor !== undefined) where.push(`(${columns}) > ${place(cursor)}`);
    if (page.prefix) where.push(`(${columns}) < ${place(afterPrefix(page.prefix))}`);
    if (page.category !== undefined) where.push(`s.category <= ${category.slice(0, -2)}`);
    const walk = `from streams s where ${where.join(" and ")} order by ${columns}`;
    const walkValues = [...values];

    // Only the names are walked; the rows of those that fit are looked up by them.
    const residual = page.contains ? `where position(${bind(page.contains)}::text in n.stream) > 0` : "";
    const found = await reads.query<StreamRecord>(
      `select ${streamColumns} from (select s.stream ${walk} limit ${bound}) n join lateral
         (select * from streams s where s.stream = n.stream and s.version > 0 limit 1) s on true
        ${residual} order by s.stream limit ${bind(more)}::int`,
      values,
    );
    if (found.length === more) return { found, end: null };
    const [end] = await reads.query<{ stream: string }>(
      `select s.stream ${walk} limit 1 offset ${bound - 1}`,
      walkValues,
    );
    cursor = end?.stream;
    return { found, end: cursor ?? null };
  };
  return searchInSteps<StreamRecord, string>(budget, wanted, look);
}

/** Walks the log backwards and keeps each stream's newest event, so that every stream comes once. */
async function byActivity(context: QueryContext, page: StreamsRequest, wanted: number, budget: ScanBudget) {
  const highWater = await readHighWater(context);
  const cursor = page.cursor === undefined ? highWater : checkPosition(page.cursor, "cursor") - 1n;
  let high = cursor < highWater ? cursor : highWater;
  const look = async (rows: number, more: number) => {
    const { values, bind } = createValues();
    const category = page.category === undefined ? null : `${bind(page.category)}::text`;
    const where = category
      ? `(e.category, e.position) <= (${category}, ${bind(high)}::bigint) and (e.category, e.position) >= (${category}, 0)`
      : `e.position <= ${bind(high)}::bigint`;
    const order = category ? "e.category desc, e.position desc" : "e.position desc";
    const walk = `from events e where ${where} order by ${order}`;
    const walkValues = [...values];
    const residual = ["true"];
    if (page.prefix) residual.push(`starts_with(e.stream, ${bind(page.prefix)}::text)`);
    if (page.contains) residual.push(`position(${bind(page.contains)}::text in e.stream) > 0`);
    // A stream whose newest event is still above the mark is listed by its newest event below it.
    const found = await context.reads.query<StreamRecord>(
      `select ${streamColumns}, e.type as last_type, e.position
         from (select e.position, e.stream, e.version, e.type ${walk} limit ${rows}) e
        cross join lateral (select * from streams named where named.stream = e.stream limit 1) s
        where ${residual.join(" and ")}
          and (s.last_position = e.position or (s.last_position > ${bind(highWater)}::bigint and not exists (
                select from events n where n.stream = e.stream and n.version = e.version + 1 and n.position <= ${bind(highWater)}::bigint)))
        order by e.position desc limit ${bind(more)}::int`,
      values,
    );
    if (found.length === more) return { found, end: null };
    const [end] = await context.reads.query<{ position: bigint }>(
      `select e.position ${walk} limit 1 offset ${rows - 1}`,
      walkValues,
    );
    if (!end) return { found, end: null };
    high = end.position - 1n;
    return { found, end: String(end.position) };
  };
  return searchInSteps<StreamRecord, string>(budget, wanted, look);
}
