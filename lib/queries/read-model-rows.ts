import { sqlState } from "@/lib/db/unavailable";
import type { Projection } from "@/lib/define";
import { NotFound } from "@/lib/kernel/errors";
import { checkLimit, checkText, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** One page of a read model in the order of its primary key, with how fresh it is. */
export type ReadModelPage = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly primaryKey: readonly string[];
  /** Values as JSON carries them: bigint as decimal strings, times ISO 8601, json parsed. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** `after` of the following page (JSON array of the key's parts); null at the end. */
  readonly next: string | null;
  /** Everything up to here is in the rows. */
  readonly checkpoint: string;
};

/** What a page of a read model is asked by; `key` is an exact first part of the primary key. */
export type ReadModelRequest = {
  readonly key?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
};

/** Reads rows of a read model. Throws `NotFound`, `InvalidRequest`. */
export async function readModelRows(
  context: QueryContext,
  name: string,
  page: ReadModelRequest,
): Promise<ReadModelPage> {
  const { reads, catalog } = context;
  const limit = checkLimit(page.limit);
  const projection = catalog.projections.find((known) => known.name === name);
  if (!projection) throw new NotFound("read model", checkText(name, "name"));
  const { columns, primaryKey } = shapeOf(projection);
  const { values, bind } = createValues();
  const typeOf = (column: string) => columns.find((known) => known.name === column)?.type.replace("?", "") ?? "text";
  const bound = (column: string | undefined, value: string) => `${bind(value)}::text::${typeOf(column ?? "")}`;

  const where = ["true"];
  if (page.key !== undefined) {
    where.push(`${quoted(primaryKey[0] ?? "")} = ${bound(primaryKey[0], checkText(page.key, "key"))}`);
  }
  if (page.after !== undefined) {
    const parts = partsOf(page.after, primaryKey.length);
    where.push(
      `(${primaryKey.map(quoted).join(", ")}) > (${parts.map((part, index) => bound(primaryKey[index], part)).join(", ")})`,
    );
  }
  const checkpoint = await checkpointOf(context, name);
  const [schema] = await reads.query<{ name: string }>("select quote_ident(current_schema() || '_read') as name");
  const records = await reads
    .query<Record<string, unknown>>(
      `select ${columns.map((column) => quoted(column.name)).join(", ")}, array[${primaryKey.map((part) => `${quoted(part)}::text`).join(", ")}] as "row key"
         from ${schema?.name}.${quoted(name.replaceAll("-", "_"))}
        where ${where.join(" and ")} order by ${primaryKey.map(quoted).join(", ")} limit ${bind(limit + 1)}::int`,
      values,
    )
    .catch((error: unknown) => {
      throw asFault(error, name);
    });
  const shown = records.slice(0, limit);
  const last = shown.at(-1)?.["row key"];
  return {
    name,
    columns,
    primaryKey,
    rows: shown.map((record) => Object.fromEntries(columns.map((column) => [column.name, carried(record, column)]))),
    next: records.length > limit ? JSON.stringify(last) : null,
    checkpoint: String(checkpoint),
  };
}

/** The position up to which a read model holds everything. Throws `NotFound` before its worker has registered it. */
export async function checkpointOf({ reads }: QueryContext, name: string): Promise<bigint> {
  const [row] = await reads.query<{ checkpoint: bigint | null }>(
    `select case when c.mode = 'inline' then greatest((select position from high_water),
                      (select max(position) from events)) else (select min(p.checkpoint) from consumer_partitions p where p.consumer = c.name and p.generation = c.generation) end as checkpoint
       from consumers c where c.name = $1`,
    [name],
  );
  if (!row) throw new NotFound("read model", name);
  return row.checkpoint ?? 0n;
}

type Column = { readonly name: string; readonly type: string };

function shapeOf(projection: Projection): { columns: readonly Column[]; primaryKey: readonly string[] } {
  const declared = Object.entries(projection.columns).map(([name, type]) => ({ name, type }));
  if (projection.style === "handler") return { columns: declared, primaryKey: projection.primaryKey };
  const place = [
    { name: "version", type: "bigint" },
    { name: "position", type: "bigint" },
  ];
  return { columns: [{ name: "key", type: "text" }, ...declared, ...place], primaryKey: ["key"] };
}

function carried(record: Readonly<Record<string, unknown>>, column: Column): unknown {
  const value = record[column.name];
  if (typeof value === "bigint") return String(value);
  return column.type.startsWith("json") && typeof value === "string" ? (JSON.parse(value) as unknown) : value;
}

function partsOf(after: string, length: number): string[] {
  let parts: unknown;
  try {
    parts = JSON.parse(after);
  } catch {
    throw invalid("after", "must be the `next` of the page before");
  }
  if (!Array.isArray(parts) || parts.length !== length || parts.some((part) => typeof part !== "string")) {
    throw invalid("after", "must be the `next` of the page before");
  }
  return parts.map((part) => checkText(String(part), "after", 2_000));
}

/** Names come from definitions in the code, never from a caller; quoted all the same. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function asFault(error: unknown, name: string): unknown {
  const state = sqlState(error);
  if (state === "42P01") return new NotFound("read model", name);
  if (state?.startsWith("22")) return invalid("key", "is not a value of the key's type");
  return error;
}
