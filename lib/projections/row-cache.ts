/** A row of a fold as it stands after the last event folded into it; `row` is null where there is none. */
export type FoldedRow = {
  row: Readonly<Record<string, unknown>> | null;
  version: number;
  position: bigint;
};

/** Rows by key, the recently used ones kept. */
export type RowCache = {
  readonly get: (key: string) => FoldedRow | undefined;
  readonly set: (key: string, row: FoldedRow) => void;
  readonly clear: () => void;
  /** Whether every row that exists is in here, so that an unknown key has none. */
  readonly complete: () => boolean;
};

/**
 * Keeps between `max` / 2 and `max` rows: when the young half is full it becomes the old one, and what nobody asked for
 * since is dropped. Dropping costs nothing per row. `complete` says that the table is empty when the cache is made.
 */
export function createRowCache(max: number, complete: boolean): RowCache {
  let young = new Map<string, FoldedRow>();
  let old = new Map<string, FoldedRow>();
  let whole = complete;

  const set = (key: string, row: FoldedRow) => {
    young.set(key, row);
    if (young.size < max / 2) return;
    if (old.size > 0) whole = false;
    old = young;
    young = new Map();
  };
  return {
    get(key) {
      const row = young.get(key);
      if (row) return row;
      const aged = old.get(key);
      if (aged) set(key, aged);
      return aged;
    },
    set,
    clear() {
      young = new Map();
      old = new Map();
      whole = false;
    },
    complete: () => whole,
  };
}
