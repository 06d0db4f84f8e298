import type { Columns, Projection } from "@/lib/define";

/** The columns of a read model's table in order, and the names it goes by. Every name is quoted where it enters SQL. */
export type ReadModelTable = {
  /** Quoted and schema-qualified: the table of one generation. */
  readonly table: string;
  /** Quoted and schema-qualified: the stable name, which always shows the generation in use. */
  readonly view: string;
  readonly columns: readonly ReadModelColumn[];
  readonly primaryKey: readonly string[];
};

/** One column: `type` is its SQL type. */
export type ReadModelColumn = { readonly name: string; readonly type: string; readonly nullable: boolean };

/** `order-summary` → `order_summary`. */
export function readModelName(projection: string): string {
  return projection.replaceAll("-", "_");
}

/** The table of one generation. A fold's table has its key in front and the last event's version and position behind. */
export function readModelTable(projection: Projection, readSchema: string, generation: number): ReadModelTable {
  const name = readModelName(projection.name);
  const declared = columnsOf(projection.columns);
  const fold = projection.style === "fold";
  return {
    table: `${quote(readSchema)}.${quote(`${name}_g${generation}`)}`,
    view: `${quote(readSchema)}.${quote(name)}`,
    columns: fold
      ? [column("key", "text"), ...declared, column("version", "bigint"), column("position", "bigint")]
      : declared,
    primaryKey: fold ? ["key"] : projection.primaryKey,
  };
}

/** The statement that makes the table of a generation. */
export function createTableSql(model: ReadModelTable): string {
  const key = `primary key (${model.primaryKey.map(quote).join(", ")})`;
  return `create table if not exists ${model.table} (${columnsSql(model)}, ${key}) with (fillfactor = 80)`;
}

/** The same without its key, for rows that come all at once; `addKeySql` makes it complete. */
export function createBareTableSql(model: ReadModelTable): string {
  return `create table ${model.table} (${columnsSql(model)}) with (fillfactor = 80)`;
}

/** The statement that gives a bare table its key. */
export function addKeySql(model: ReadModelTable): string {
  return `alter table ${model.table} add primary key (${model.primaryKey.map(quote).join(", ")})`;
}

/** Its columns as `create table` takes them. */
function columnsSql(model: ReadModelTable): string {
  return model.columns
    .map(({ name, type, nullable }) => `${quote(name)} ${type}${nullable ? "" : " not null"}`)
    .join(", ");
}

/** A name as SQL takes it, whatever is in it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function columnsOf(columns: Columns): ReadModelColumn[] {
  return Object.entries(columns).map(([name, type]) =>
    type.endsWith("?") ? column(name, type.slice(0, -1), true) : column(name, type),
  );
}

function column(name: string, type: string, nullable = false): ReadModelColumn {
  return { name, type, nullable };
}
