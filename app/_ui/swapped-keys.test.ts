import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSwaps, type SwappedPair, swapFault, swappedKey, swapsText, withSwap } from "./swapped-keys";

const key = fc.constantFrom(..."abcgjkpxyzEOÄß[]?/.-+1");

test("whatever is swapped, each key keeps one meaning and each meaning one key, and the cookie says it without loss", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, key)), (asked) => {
      let pairs: readonly SwappedPair[] = [];
      for (const pair of asked) if (swapFault(...pair) === undefined) pairs = withSwap(pairs, pair);
      const text = swapsText(pairs);
      expect(text).toMatch(/^[0-9a-f.-]*$/);
      expect(parseSwaps(text)).toEqual(pairs);
      for (const pressed of "abcgjkpxyzEOÄß[]?/.-+1") {
        expect(swappedKey(text, swappedKey(text, pressed))).toBe(pressed);
      }
    }),
  );
});

test("a cookie that somebody has written by hand does no harm", () => {
  for (const text of [undefined, "", "x", "61-61", "61-20", "61-ffffff", "110000-61", "<script>", "61-62-63"]) {
    expect(parseSwaps(text)).toEqual([]);
  }
  expect(parseSwaps("61-62.62-63")).toEqual([["a", "b"]]);
});
