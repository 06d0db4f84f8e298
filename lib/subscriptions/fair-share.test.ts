import fc from "fast-check";
import { expect, test } from "vitest";
import { fairShare } from "./fair-share";

test("shares add up to the whole and differ by one at most, whoever asks", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 12 }), (total, workers) => {
      const shares = workers.map((worker) => fairShare(total, workers, worker));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

test("a worker that is not listed yet counts itself", () => {
  expect(fairShare(6, ["a", "b"], "c")).toBe(2);
});
