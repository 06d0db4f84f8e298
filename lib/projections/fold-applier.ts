import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { foldEvent, type KeyedEvent, keyedEvents } from "@/lib/projections/fold-batch";
import { createFoldTable } from "@/lib/projections/fold-table";
import type { ReadModelTable } from "@/lib/projections/read-model-table";
import { createRowCache, type FoldedRow } from "@/lib/projections/row-cache";
import { type Applier, EventFailed, firstParameter, type Held } from "@/lib/subscriptions/consumer";

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

  const decode = (event: RecordedEvent) => keyedEvents(projection, catalog, event);

  async function loadMissing(batch: readonly (readonly KeyedEvent[])[]): Promise<Map<string, FoldedRow>> {
    const rows = new Map<string, FoldedRow>();
    const missing: string[] = [];
    for (const keyed of batch) {
      for (const { keys } of keyed) {
        for (const key of keys) {
          if (rows.has(key)) continue;
          const known = cache.get(key);
          rows.set(key, known ?? NO_ROW);
          if (!known) missing.push(key);
        }
      }
    }
    if (missing.length > 0) {
      for (const [key, row] of await table.load(pool, missing)) rows.set(key, row);
    }
    return rows;
  }

  return {
    forget() {
      cache = createRowCache(ROWS_MAX, false);
    },
    async prepare(events) {
      const touched = new Map<string, FoldedRow>();
      let index = 0;
      try {
        // With every row at hand each event is decoded, folded and dropped; otherwise all keys must be known first.
        if (cache.complete()) {
          const rowOf = (key: string) => cache.get(key) ?? NO_ROW;
          for (const event of events) {
            for (const keyed of decode(event)) foldEvent(projection, keyed, rowOf, touched);
            index += 1;
          }
        } else {
          const batch: (readonly KeyedEvent[])[] = [];
          for (const event of events) {
            batch.push(decode(event));
            index += 1;
          }
          index = NO_EVENT;
          const rows = await loadMissing(batch);
          const rowOf = (key: string) => rows.get(key) ?? NO_ROW;
          index = 0;
          for (const keyed of batch) {
            for (const each of keyed) foldEvent(projection, each, rowOf, touched);
            index += 1;
          }
        }
      } catch (error) {
        const event = events[index];
        throw event ? new EventFailed(index, event, error) : error;
      }
      const effects = table.write(touched, firstParameter, "where exists (select from moved)");
      for (const [key, row] of touched) cache.set(key, row);
      return { kind: "statement", ...effects };
    },
  };
}

const NO_ROW: FoldedRow = { row: null, version: 0, position: 0n };

/** While rows are loaded, no event is to blame for what fails. */
const NO_EVENT = -1;
