import { createHash } from "node:crypto";
import type pg from "pg";
import { quote, type ReadModelColumn, type ReadModelTable } from "@/lib/projections/read-model-table";
import type { FoldedRow } from "@/lib/projections/row-cache";
import { sqlArray } from "@/lib/projections/sql-array";

/** Reads and writes the rows of a fold's table by key. */
export type FoldTable = {
  /** The rows that exist among `keys`. */
  readonly load: (db: pg.Pool | pg.PoolClient, keys: readonly string[]) => Promise<Map<string, FoldedRow>>;
  /** Statements that write `rows`, and their values; parameters are numbered from `first` on. */
  readonly write: (rows: ReadonlyMap<string, FoldedRow>, first: number, guard: string) => Written;
};

/** Parts of one SQL statement and the values of their parameters. */
type Written = { readonly parts: readonly string[]; readonly values: readonly unknown[] };

/** The table of a fold; `target` is a table or its updatable view, quoted. */
export function createFoldTable(target: string, model: ReadModelTable): FoldTable {
  const declared = model.columns.slice(1, -2);
  const names = model.columns.map(({ name }) => quote(name));
  const load = `select ${names.join(", ")} from ${target} where "key" = any ($1::text[])`;
  // A view may change under a prepared statement, a generation's table does not.
  const name =
    target === model.table ? `load_${createHash("sha1").update(load).digest("hex").slice(0, 16)}` : undefined;

  return {
    async load(db, keys) {
      const found = new Map<string, FoldedRow>();
      if (keys.length === 0) return found;
      const { rows } = await db.query<unknown[]>({
        ...(name ? { name } : {}),
        text: load,
        values: [sqlArray(keys, "text")],
        rowMode: "array",
      });
      for (const values of rows) found.set(String(values[0]), readRow(declared, values));
      return found;
    },
    write(rows, first, guard) {
      const kept: [string, FoldedRow][] = [];
      const ended: string[] = [];
      for (const entry of rows)
        if (entry[1].row === null) ended.push(entry[0]);
        else kept.push(entry);
      const parts: string[] = [];
      const values: unknown[] = [];
      if (kept.length > 0) {
        const arrays = model.columns.map(({ type }, index) => `$${first + index}::${type}[]`);
        parts.push(
          `insert into ${target} (${names.join(", ")}) select * from unnest(${arrays.join(", ")}) as u ${guard}
             on conflict ("key") do update set ${names
               .slice(1)
               .map((name) => `${name} = excluded.${name}`)
               .join(", ")}`,
        );
        values.push(...columnArrays(declared, kept));
      }
      if (ended.length > 0) {
        const and = guard === "" ? "where" : `${guard} and`;
        parts.push(`delete from ${target} ${and} "key" = any ($${first + values.length}::text[])`);
        values.push(sqlArray(ended, "text"));
      }
      return { parts, values };
    },
  };
}

/** The columns of rows as arrays in their text form, in the order of the table. Throws when `evolve` left a column out. */
export function columnArrays(declared: readonly ReadModelColumn[], kept: readonly [string, FoldedRow][]): string[] {
  const key = sqlArray(
    kept.map(([name]) => name),
    "text",
  );
  const own = declared.map(({ name, type, nullable }) => {
    const column = kept.map(([rowKey, { row }]) => {
      const value = row?.[name];
      if (value === undefined || (value === null && !nullable)) {
        throw new TypeError(`Row ${rowKey} has no value for column ${name}. Let evolve return every column.`);
      }
      return value;
    });
    return sqlArray(column, type);
  });
  return [
    key,
    ...own,
    sqlArray(
      kept.map(([, { version }]) => version),
      "bigint",
    ),
    sqlArray(
      kept.map(([, { position }]) => position),
      "bigint",
    ),
  ];
}

function readRow(declared: readonly ReadModelColumn[], values: readonly unknown[]): FoldedRow {
  const row: Record<string, unknown> = {};
  for (const [index, { name, type }] of declared.entries()) row[name] = readValue(type, values[index + 1]);
  return {
    row,
    version: Number(values[declared.length + 1]),
    position: BigInt(String(values[declared.length + 2])),
  };
}

function readValue(type: string, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type === "bigint") return Number(value);
  return type === "json" ? JSON.parse(String(value)) : value;
}
