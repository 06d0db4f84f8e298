import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Projection } from "@/lib/define";
import { type PersonMarks, personRowLine } from "@/lib/export/person-lines";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { quote, type ReadModelColumn, readModelTable } from "@/lib/projections/read-model-table";

/** Rows that one step looks at. */
const ROWS_AT_ONCE = 1_000;

/** What one step found, and the key of the last row that it looked at; null when the read model is through. */
export type PersonRows = { readonly lines: readonly string[]; readonly last: readonly string[] | null };

/** The read models that read events of these types, by name. */
export function modelsReading(catalog: Catalog, types: readonly string[]): readonly string[] {
  const reads = (projection: Projection) =>
    consumerFacts(projection, catalog).types.some((type) => types.includes(type));
  return catalog.projections.filter(reads).map(({ name }) => name);
}

/**
 * The next rows of the read model as it serves now, in the order of its key, in which the person stands. Nothing for one that this
 * store does not have.
 */
export async function nextPersonRows(
  client: pg.PoolClient,
  projection: Projection,
  marks: PersonMarks,
  after: readonly string[] | null,
): Promise<PersonRows> {
  const { rows: schemas } = await client.query<{ schema: string }>("select current_schema() || '_read' as schema");
  // The name that always shows the generation in use, so a rebuild in between takes nothing away.
  const { view, columns, primaryKey } = readModelTable(projection, schemas[0]?.schema ?? "", 0);
  const { rows: there } = await client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [view]);
  if (!there[0]?.there) return { lines: [], last: null };
  const key = primaryKey.map((name) => columns.find((column) => column.name === name)).filter((column) => !!column);
  const { rows } = await client.query<Row>(statement(view, key, after !== null), [
    ...[needlesOf(marks), ROWS_AT_ONCE, ...(after ?? [])],
  ]);
  const known = columns.map(({ name, type }) => ({ name, open: primaryKey.includes(name) || !TEXTS.test(type) }));
  const lines = rows
    .filter(({ hit }) => hit)
    .map(({ said }) => personRowLine({ readModel: projection.name, row: said }, known, marks))
    .filter((line) => line !== undefined);
  const last = rows.at(-1);
  return { lines, last: last?.more ? last.key : null };
}

type Row = { readonly said: string; readonly key: readonly string[]; readonly hit: boolean; readonly more: boolean };

/** Types of columns in which a text of anybody can stand. */
const TEXTS = /^(?:text|json)$/;

/** As they stand in JSON, since a row is searched as such: texts within a value, the id as a whole one. */
function needlesOf({ id, texts }: PersonMarks): readonly string[] {
  const within = texts.map((text) => JSON.stringify(text).slice(1, -1));
  return id === undefined ? within : [...within, JSON.stringify(id)];
}

/** The rows in which something is found, and the last one of the page in any case, so that it is known where to go on. */
function statement(view: string, key: readonly ReadModelColumn[], goesOn: boolean): string {
  const names = key.map(({ name }) => `t.${quote(name)}`).join(", ");
  const values = key.map(({ type }, index) => `$${index + 3}::text::${type}`).join(", ");
  return `
    select said, key, hit, more from (
      select said, key, nth, count(*) over () as rows, count(*) over () = $2 as more,
             exists (select from unnest($1::text[]) needle where strpos(said, needle) > 0) as hit
        from (select row_to_json(t)::text as said, array[${key.map(({ name }) => `t.${quote(name)}::text`).join(", ")}] as key,
                     row_number() over (order by ${names}) as nth
                from (select * from ${view} t ${goesOn ? `where (${names}) > (${values})` : ""} order by ${names} limit $2) t) p
    ) q where hit or nth = rows order by nth`;
}
