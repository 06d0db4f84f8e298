import fc from "fast-check";
import { expect, test } from "vitest";
import { createRowCache, type FoldedRow } from "./row-cache";

test("a cache never gives a row that is not the last one set, and knows when it may have forgotten some", () => {
  const step = fc.tuple(fc.boolean(), fc.nat(40));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const cache = createRowCache(16, true);
      const set = new Map<string, FoldedRow>();
      let version = 0;
      for (const [writes, number] of steps) {
        const key = `k${number}`;
        if (writes) {
          const row: FoldedRow = { row: {}, version: version++, position: 0n };
          cache.set(key, row);
          set.set(key, row);
        }
        const found = cache.get(key);
        if (found) expect(found).toBe(set.get(key));
        else if (cache.complete()) expect(set.has(key)).toBe(false);
      }
    }),
  );
});

test("a cleared cache is no longer complete", () => {
  const cache = createRowCache(16, true);
  cache.set("a", { row: {}, version: 1, position: 1n });
  cache.clear();
  expect(cache.get("a")).toBeUndefined();
  expect(cache.complete()).toBe(false);
});
