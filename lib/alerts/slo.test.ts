import { expect, test } from "vitest";
import { budgetOf, burnRate } from "./slo";

const HOUR = 3_600_000;

test("a burn of 1 spends the budget exactly", () => {
  expect(burnRate({ goodMs: HOUR * 0.999, badMs: HOUR * 0.001, elapsedMs: HOUR }, HOUR, 0.999)).toBeCloseTo(1);
});

test("time of which nothing is known is neither good nor bad, and with too much of it nothing is said", () => {
  expect(burnRate({ goodMs: HOUR * 0.4, badMs: HOUR * 0.2, elapsedMs: HOUR }, HOUR, 0.9)).toBeCloseTo(0.2 / 0.6 / 0.1);
  expect(burnRate({ goodMs: HOUR * 0.49, badMs: 0, elapsedMs: HOUR }, HOUR, 0.9)).toBeNull();
  expect(burnRate({ goodMs: 0, badMs: 0, elapsedMs: 0 }, HOUR, 0.9)).toBeNull();
});

test("a store that is a minute old does not burn a month for ten bad seconds", () => {
  const burn = burnRate({ goodMs: 50_000, badMs: 10_000, elapsedMs: 60_000 }, HOUR, 0.999);
  expect(burn).toBeLessThan(14.4);
});

test("a budget tells what is left, and what would be left if the unknown was bad", () => {
  const budget = budgetOf({ goodMs: 90 * HOUR, badMs: HOUR, elapsedMs: 100 * HOUR }, 0.99);
  expect(budget.allowedMs).toBeCloseTo(7.2 * HOUR);
  expect(budget.leftMs).toBeCloseTo(6.2 * HOUR);
  expect(budget.leastLeftMs).toBeCloseTo(-2.8 * HOUR);
  expect(budget.attained).toBeCloseTo(90 / 91);
  expect(budget.known).toBeCloseTo(0.91);
  expect(budgetOf({ goodMs: 0, badMs: 0, elapsedMs: 0 }, 0.99)).toMatchObject({ attained: null, known: null });
});
