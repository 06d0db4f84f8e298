/** What one answer may spend on looking at rows that no index can tell apart. */
export type ScanBudget = {
  /** Milliseconds of statements; the step that is under way is finished. */
  readonly ms: number;
  /** Rows that a step looks at, rising; each step takes the largest that fits into what is left. */
  readonly steps: readonly [number, ...number[]];
  /** Rows that are looked at in all, where that is bounded, too. */
  readonly rows?: number;
};

/** The steps are few, so that the statements are prepared once and each has a plan for its own size. */
const STEPS = [1_000, 4_000, 16_000, 64_000] as const;

/**
 * The budget of an answer that nobody has asked to search on. It is of rows, so that the first answer costs the same
 * however long the log is; the milliseconds are for rows that are large.
 */
export const usualBudget: ScanBudget = { ms: 35, steps: STEPS, rows: 5_000 };

/** How long a page that is merely opened goes on by itself behind its first answer, in milliseconds. */
export const GO_ON_MS = 300;

/** How long a search goes on when somebody presses Continue, in milliseconds. */
export const CONTINUE_MS = 1_500;

/** What a search on request may spend at most, in milliseconds. */
export const SCAN_MS_MAX = 2_000;

/** A budget of so many milliseconds, at most `SCAN_MS_MAX`. */
export function budgetOf(ms: number): ScanBudget {
  return { ms: Math.min(ms, SCAN_MS_MAX), steps: STEPS };
}

/** What one step came to: `end` is the last place that it looked at, null when there is nothing after it. */
type Step<Row, Place> = {
  readonly found: readonly Row[];
  /** Nothing more is wanted, however little was found. */
  readonly full?: boolean;
  readonly end: Place | null;
};

/** What a search found; `stop` is where its budget ended it, null when enough was found or all was looked at. */
export type Searched<Row, Place> = {
  readonly found: readonly Row[];
  readonly stop: { readonly end: Place; readonly scanned: number } | null;
};

/**
 * Looks step by step until `wanted` rows are found, all is looked at, or the budget is spent. `look` is given the rows of a
 * step and how many are still wanted, and begins behind the step before.
 */
export async function searchInSteps<Row, Place>(
  budget: ScanBudget,
  wanted: number,
  look: (rows: number, wanted: number) => Promise<Step<Row, Place>>,
): Promise<Searched<Row, Place>> {
  const begun = performance.now();
  const found: Row[] = [];
  let scanned = 0;
  let rows = budget.steps[0];
  for (;;) {
    const step = await look(rows, wanted - found.length);
    found.push(...step.found);
    if (step.full || found.length >= wanted || step.end === null) return { found, stop: null };
    scanned += rows;
    const spent = performance.now() - begun;
    const inTime = (scanned / spent) * (budget.ms - spent);
    const affordable = Math.min(inTime, (budget.rows ?? Number.POSITIVE_INFINITY) - scanned);
    const next = budget.steps.findLast((size) => size <= affordable);
    if (next === undefined) return { found, stop: { end: step.end, scanned } };
    rows = next;
  }
}
