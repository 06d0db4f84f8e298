/**
 * A global position: the place of an event in the whole log. Unique and increasing, never dense.
 * `bigint` inside the program, decimal string at every boundary.
 */
export type Position = bigint;

/** Reads a position from its wire form; `undefined` when it is not a decimal number between 0 and 2^63-1. */
export function parsePosition(text: string): Position | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= 9_223_372_036_854_775_807n ? value : undefined;
}
