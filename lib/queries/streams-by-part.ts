import { checkPosition } from "@/lib/queries/check-input";
import { readHighWater } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";
import { afterPrefix, type StreamRecord, streamColumns } from "@/lib/queries/stream-row";

/** A part of a name, and how the streams that have it are ordered and narrowed. */
type PartRequest = {
  readonly contains: string;
  readonly prefix?: string | undefined;
  readonly category?: string | undefined;
  readonly sort: "name" | "activity";
  readonly cursor?: string | undefined;
};

/** Streams that are looked up by their trigrams; a part that more of them have is common enough to be found by walking. */
const MATCHES_MAX = 5_000;

/** Shorter parts have no trigram of their own. */
const PART_MIN = 3;

/**
 * The first `wanted` streams whose name has the part, by the index on trigrams: all of them, in order. Null where that is
 * not the way: the server has no such index, the part is too short, or too many names have it.
 */
export async function streamsByPart(
  context: QueryContext,
  { contains, prefix, category, sort, cursor }: PartRequest,
  wanted: number,
): Promise<StreamRecord[] | null> {
  if ([...contains].length < PART_MIN || !(await hasTrigrams(context))) return null;
  const { values, bind } = createValues();
  // The names alone decide how many there are, so that every page of a list takes the same way.
  const matches = `select stream from streams where stream like ${bind(`%${escaped(contains)}%`)} limit ${MATCHES_MAX + 1}`;
  const where = ["s.version > 0"];
  if (category !== undefined) where.push(`s.category = ${bind(category)}::text`);
  if (prefix) where.push(`s.stream >= ${bind(prefix)}::text and s.stream < ${bind(afterPrefix(prefix))}::text`);
  const rest = sort === "name" ? byName(bind, cursor) : await byActivity(context, bind, cursor);
  const rows = await context.reads.query<StreamRecord & { matches: number }>(
    `with matching as materialized (${matches}), counted as (select count(*)::int as matches from matching)
     select counted.matches, found.* from counted left join lateral (
       select ${streamColumns}${rest.columns} from matching m join streams s on s.stream = m.stream ${rest.join}
        where ${[...where, ...rest.where].join(" and ")} and counted.matches <= ${MATCHES_MAX}
        order by ${rest.order} limit ${bind(wanted)}::int) found on true
      order by ${rest.outer}`,
    values,
  );
  if ((rows[0]?.matches ?? 0) > MATCHES_MAX) return null;
  return rows.filter(({ stream }) => stream !== null);
}

type Rest = {
  readonly columns: string;
  readonly join: string;
  readonly where: string[];
  readonly order: string;
  readonly outer: string;
};

function byName(bind: (value: unknown) => string, cursor: string | undefined): Rest {
  const where = cursor === undefined ? [] : [`s.stream > ${bind(cursor)}::text`];
  return { columns: "", join: "", where, order: "s.stream", outer: "found.stream" };
}

/** By the newest event below the mark, as the list by activity has it. */
async function byActivity(
  context: QueryContext,
  bind: (value: unknown) => string,
  cursor: string | undefined,
): Promise<Rest> {
  const mark = bind(await readHighWater(context));
  return {
    columns: ", n.type as last_type, n.position",
    join: `cross join lateral (select e.type, e.position from events e
             where e.stream = s.stream and e.position <= ${mark}::bigint order by e.version desc limit 1) n`,
    where: cursor === undefined ? [] : [`n.position < ${bind(checkPosition(cursor, "cursor"))}::bigint`],
    order: "n.position desc",
    outer: "found.position desc",
  };
}

/** Whether the index is there and whole; asked each time, since that is one look into the catalogue. */
async function hasTrigrams({ reads }: QueryContext): Promise<boolean> {
  const [row] = await reads.query<{ there: boolean }>(
    "select exists (select from pg_index where indexrelid = to_regclass('streams_name_part') and indisvalid) as there",
  );
  return row?.there === true;
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
