/** Longer parts are rare, and not worth keeping. */
const KEPT = 512;

/**
 * Parts of a buffer that is used again and again, by a number below 512 made once each: making one takes as long as filling
 * it, and what was made would have to be collected.
 */
export function partsOf(cut: (number: number) => Buffer): (number: number) => Buffer {
  const made: (Buffer | undefined)[] = new Array(KEPT).fill(undefined);
  return (number) => {
    if (number >= KEPT) return cut(number);
    let part = made[number];
    if (part === undefined) {
      part = cut(number);
      made[number] = part;
    }
    return part;
  };
}
