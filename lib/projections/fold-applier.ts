import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import { foldEvents } from "@/lib/projections/fold-batch";
import { createFoldTable } from "@/lib/projections/fold-table";
import type { ReadModelTable } from "@/lib/projections/read-model-table";
import { createRowCache, type FoldedRow } from "@/lib/projections/row-cache";
import { type Applier, firstParameter, type Held } from "@/lib/subscriptions/consumer";

/** Rows that one partition remembers; a row of ten columns takes about half a kilobyte. */
const ROWS_MAX = 40_000;

/**
 * Applies a fold: decodes a batch, loads the rows that are not remembered, folds all in memory and writes each row once.
 * Rows are remembered while the lease is held, because nobody else may write them meanwhile.
 */
export function createFoldApplier(
  projection: FoldProjection,
  model: ReadModelTable,
  catalog: Catalog,
  { pool, fresh }: Pick<Held, "pool" | "fresh">,
): Applier {
  const table = createFoldTable(model.table, model);
  let cache = createRowCache(ROWS_MAX, fresh);

  return {
    forget() {
      cache = createRowCache(ROWS_MAX, false);
    },
    async prepare(events) {
      const touched = new Map<string, FoldedRow>();
      const rows = {
        complete: cache.complete(),
        known: (key: string) => cache.get(key),
        load: (keys: readonly string[]) => table.load(pool, keys),
      };
      await foldEvents(projection, catalog, events, rows, touched);
      const effects = table.write(touched, firstParameter, "where exists (select from moved)");
      for (const [key, row] of touched) cache.set(key, row);
      return { kind: "statement", ...effects };
    },
  };
}
