import { describe, expect, test } from "vitest";
import { brokenDesigns } from "@/lib/testing/proof/broken/broken-designs";
import { sound } from "@/lib/testing/proof/broken/design";
import { simulate } from "@/lib/testing/proof/broken/simulate";
import { checkHistory } from "@/lib/testing/proof/history/check-history";

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

test("Tidemark's design passes every simulated run", () => {
  const events = SEEDS.map((seed) => {
    const history = simulate(sound, seed);
    expect(checkHistory(history), `seed ${seed}`).toEqual([]);
    return history.log.length;
  });
  expect(Math.min(...events)).toBeGreaterThan(100);
});

describe("a store that is broken on purpose is caught in a short run", () => {
  test.each(brokenDesigns.map((broken) => [broken.name, broken] as const))("%s", (_name, { code, design }) => {
    const caught = SEEDS.some((seed) => checkHistory(simulate(design, seed)).some((found) => found.code === code));
    expect(caught).toBe(true);
  });

  test("there are ten of them and more", () => {
    expect(brokenDesigns.length).toBeGreaterThanOrEqual(10);
  });
});
