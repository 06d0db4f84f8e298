import type { FoldedRow } from "@/lib/projections/row-cache";

/** What a replay has folded so far, as much of it as memory may hold. */
export type ReplayRows = {
  /** The row of a key that is not among the dirty ones; `undefined` when it is not at hand. */
  readonly clean: (key: string) => FoldedRow | undefined;
  /** Whether every row that exists is at hand. */
  readonly complete: () => boolean;
  /** Rows that are not in the table as they stand here; events are folded into these. */
  readonly dirty: () => Map<string, FoldedRow>;
  /** Whether memory is full, so that the dirty rows must be written before more is folded. */
  readonly full: () => boolean;
  /** To be called when all that is dirty is in the table. */
  readonly written: () => void;
};

/** How much text the rows at hand may be; as objects they take about four times as much. */
const TEXT_MAX = 24 * 1024 * 1024;
const ROWS_MAX = 80_000;
/** Rows that are measured to know how large all are. */
const SAMPLE = 64;

/** No rows yet. `complete` says that the table is empty; after a crash it is not. */
export function createReplayRows(complete: boolean, rowsMax = ROWS_MAX): ReplayRows {
  let whole = complete;
  let clean = new Map<string, FoldedRow>();
  let dirty = new Map<string, FoldedRow>();
  let most = rowsMax;

  return {
    clean: (key) => clean.get(key),
    complete: () => whole,
    dirty: () => dirty,
    full() {
      most = Math.min(rowsMax, Math.ceil(TEXT_MAX / Math.max(1, averageText(dirty))));
      return dirty.size > most / 2 && (!whole || dirty.size + clean.size > most);
    },
    written() {
      if (whole && dirty.size + clean.size <= most) {
        for (const [key, row] of dirty) clean.set(key, row);
      } else {
        // What nobody touched since the last time is dropped; it costs a look into the table if it is asked for again.
        whole = false;
        clean = dirty;
      }
      dirty = new Map();
    },
  };
}

/** From the oldest, which have had most time to grow. */
function averageText(rows: ReadonlyMap<string, FoldedRow>): number {
  let measured = 0;
  let text = 0;
  for (const { row } of rows.values()) {
    text += row === null ? 0 : JSON.stringify(row).length;
    measured += 1;
    if (measured === SAMPLE) break;
  }
  return measured === 0 ? 0 : text / measured;
}
