import type { FoldProjection } from "@/lib/define";

type Row = Readonly<Record<string, unknown>>;

/** Copies a row of one projection. */
export type RowCopy = (row: Row) => Row;

const copies = new WeakMap<FoldProjection, RowCopy>();

/**
 * What makes of a projection's rows copies that have its columns, in their order, and nothing else: what a row that is read
 * from the table has. `evolve` is only ever given such rows. The engine's compiled code tells objects apart by how they came
 * about, and a row that went through ten kinds of `{ ...row, … }` is another kind than one that went through nine; beyond
 * four kinds such a spread is several times as slow. Of one kind it is fast, and pays for the copy twice over.
 */
export function rowCopy(projection: FoldProjection): RowCopy {
  const known = copies.get(projection);
  if (known) return known;
  const copy = compiled(Object.keys(projection.columns)) ?? ((row) => row);
  copies.set(projection, copy);
  return copy;
}

/** Compiled, because only a literal that names its members is fast. Undefined where that cannot be, which only costs time. */
function compiled(columns: readonly string[]): RowCopy | undefined {
  if (!columns.every((name) => PLAIN.test(name) && !(name in Object.prototype))) return undefined;
  const members = columns.map((name) => `${name}: row.${name}`);
  try {
    return new Function("row", `return { ${members.join(", ")} };`) as RowCopy;
  } catch {
    // A process may forbid code that is made of text.
    return undefined;
  }
}

/** As columns are named; nothing that could end a member and begin something else. */
const PLAIN = /^[a-z][a-z0-9_]*$/;
