import { describe, expect, test } from "vitest";
import { anomalies } from "@/lib/testing/proof/history/anomalies";
import { checkHistory } from "@/lib/testing/proof/history/check-history";
import { EVENTS_PER_APPEND, makeHistory } from "@/lib/testing/proof/history/make-history";
import { mutations } from "@/lib/testing/proof/history/mutations";
import { createRandom } from "@/lib/testing/proof/random";

const SEEDS = [1, 2, 3] as const;
const cases = mutations.flatMap((mutation) => SEEDS.map((seed) => [mutation.name, seed, mutation] as const));

describe("a good history", () => {
  test.each([11, 12, 13, 14, 15, 16, 17, 18, 19, 20])("of seed %i passes", (seed) => {
    expect(checkHistory(makeHistory(createRandom(seed), 400))).toEqual([]);
  });

  test("is as good in any order in which its processes could be told", () => {
    const history = makeHistory(createRandom(5), 300);
    const polls = history.operations.filter(({ kind }) => kind === "poll");
    const others = history.operations.filter(({ kind }) => kind !== "poll");
    expect(checkHistory({ ...history, operations: [...polls, ...others] })).toEqual([]);
  });

  test("is checked in a time that grows with its length and no faster", () => {
    const timed = (events: number) => {
      const history = makeHistory(createRandom(7), events / EVENTS_PER_APPEND);
      const before = process.cpuUsage();
      expect(checkHistory(history)).toEqual([]);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / history.log.length;
    };
    timed(20_000);
    expect(timed(200_000) / timed(20_000)).toBeLessThan(8);
  }, 60_000);
});

describe("a spoiled history is caught", () => {
  test.each(cases)("%s (seed %i)", (_name, seed, { code, spoil }) => {
    const random = createRandom(seed * 1_000);
    const history = spoil(makeHistory(random, 300), random);
    expect(history, "the history has a place to spoil").toBeDefined();
    if (history) expect(checkHistory(history).map((found) => found.code)).toContain(code);
  });

  test("at least 60 of them, and every anomaly among them", () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect([...new Set(mutations.map(({ code }) => code))].sort()).toEqual(Object.keys(anomalies).sort());
  });
});
