import type pg from "pg";
import type { FoldTable } from "@/lib/projections/fold-table";
import type { FoldedRow } from "@/lib/projections/row-cache";

const WRITTEN_AT_ONCE = 10_000;

/** Writes folded rows over what the table has of them, and deletes those that ended, in the caller's transaction. */
export async function writeRows(
  client: pg.PoolClient,
  table: FoldTable,
  rows: ReadonlyMap<string, FoldedRow>,
): Promise<void> {
  for (const some of chunks(rows)) {
    const { parts, values } = table.write(some, 1, "");
    const [first, second] = parts;
    if (first === undefined) continue;
    const text = second === undefined ? first : `with written as (${first} returning 1) ${second}`;
    await client.query({ text, values: [...values] });
  }
}

function* chunks(rows: ReadonlyMap<string, FoldedRow>): Generator<ReadonlyMap<string, FoldedRow>> {
  let some = new Map<string, FoldedRow>();
  for (const [key, row] of rows) {
    some.set(key, row);
    if (some.size < WRITTEN_AT_ONCE) continue;
    yield some;
    some = new Map();
  }
  if (some.size > 0) yield some;
}
