import v8 from "node:v8";

/** How far the heap may grow over what was alive after the last collection, in percent. */
const GROWTH_PERCENT = 40;

/**
 * Has V8 collect old garbage when the heap has grown by two fifths, where it would let it double or more. A worker folds one large
 * batch after the other, each of which is garbage a moment later: without this half of its memory is what nobody needs any more
 * (docs/decisions/0094-memory-of-workers.md). To be called before anything is folded.
 */
export function keepHeapTight(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
