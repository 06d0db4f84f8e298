/** Two keys that have changed places: each does what the other did. A key is one character as it is typed. */
export type SwappedPair = readonly [a: string, b: string];

/** What a person may swap in all. */
const PAIRS_MAX = 50;
const PAIR = /^([0-9a-f]{2,5})-([0-9a-f]{2,5})$/;

/** The pairs of a cookie, as `swapsText` writes them. What is no pair, and a key's second pair, is left out. */
export function parseSwaps(text: string | undefined): readonly SwappedPair[] {
  const taken = new Set<string>();
  return (text ?? "").split(".").flatMap((part) => {
    const [, a, b] = PAIR.exec(part) ?? [];
    if (a === undefined || b === undefined || taken.size >= 2 * PAIRS_MAX) return [];
    const pair = [character(a), character(b)] as const;
    if (swapFault(...pair) !== undefined || pair.some((key) => taken.has(key))) return [];
    for (const key of pair) taken.add(key);
    return [pair];
  });
}

/** The pairs in letters that a cookie and an attribute carry as they are. */
export function swapsText(pairs: readonly SwappedPair[]): string {
  return pairs.map((pair) => pair.map((key) => key.codePointAt(0)?.toString(16).padStart(2, "0")).join("-")).join(".");
}

/**
 * What a key means, by the text of a cookie; the other way round, which key means it. Swapping loses nothing: whatever pairs there
 * are, each key has one meaning and each meaning one key.
 */
export function swappedKey(text: string | undefined, key: string): string {
  const pair = parseSwaps(text).find((each) => each.includes(key));
  return pair?.find((each) => each !== key) ?? key;
}

/** The pairs with one more; the pairs that had one of its keys are undone. */
export function withSwap(pairs: readonly SwappedPair[], [a, b]: SwappedPair): readonly SwappedPair[] {
  return [...pairs.filter((pair) => !pair.includes(a) && !pair.includes(b)), [a, b]];
}

/** Why two keys cannot be swapped, in words; undefined when they can. */
export function swapFault(a: string, b: string): string | undefined {
  if (![a, b].every((key) => /^[!-~]$|^[^\p{C}\p{Z}]$/u.test(key))) return "A key is one letter, digit or mark.";
  return a === b ? "These are the same key." : undefined;
}

function character(hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code > 0x10ffff ? "" : String.fromCodePoint(code);
}
