import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { quote, type ReadModelTable } from "@/lib/projections/read-model-table";
import type { FoldedRow } from "@/lib/projections/row-cache";

/** Rows that are put into one piece of text before it is sent. */
const PIECE = 500;

/** Loads the rows of a fold into its table by COPY; rows that ended are passed over. Throws when a key is there already. */
export async function copyRows(
  client: pg.PoolClient,
  model: ReadModelTable,
  rows: ReadonlyMap<string, FoldedRow>,
): Promise<void> {
  const names = model.columns.map(({ name }) => quote(name)).join(", ");
  const target = client.query(copyFrom(`copy ${model.table} (${names}) from stdin`));
  await pipeline(Readable.from(pieces(model, rows)), target);
}

function* pieces(model: ReadModelTable, rows: ReadonlyMap<string, FoldedRow>): Generator<string> {
  const declared = model.columns.slice(1, -2);
  let lines = "";
  let count = 0;
  for (const [key, { row, version, position }] of rows) {
    if (row === null) continue;
    let line = escaped(key);
    for (const { name, type, nullable } of declared) {
      const value = row[name];
      if (value === undefined || (value === null && !nullable)) {
        throw new TypeError(`Row ${key} has no value for column ${name}. Let evolve return every column.`);
      }
      line += `\t${fieldOf(value, type)}`;
    }
    lines += `${line}\t${version}\t${position}\n`;
    count += 1;
    if (count % PIECE === 0) {
      yield lines;
      lines = "";
    }
  }
  if (lines !== "") yield lines;
}

function fieldOf(value: unknown, type: string): string {
  if (type === "json") return escaped(JSON.stringify(value));
  if (value === null) return "\\N";
  return typeof value === "string" ? escaped(value) : String(value);
}

/** COPY's text form gives a meaning to these four characters only. */
function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character) : text;
}

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
