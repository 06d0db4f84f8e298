import { describe, expect, it } from "vitest";
import { timeAxis } from "./time-axis";

describe("the axis of a trace", () => {
  const day = 86_400_000;
  const flow = [
    { from: 1_000, to: 1_040 },
    { from: 1_020, to: 1_100 },
    { from: 1_000 + 3 * day, to: 1_060 + 3 * day },
  ];

  it("cuts three idle days to a narrow strip and says how long they were", () => {
    const axis = timeAxis(flow, true);
    expect(axis.cuts).toHaveLength(1);
    expect(axis.cuts[0]?.label).toBe("3 d");
    expect(axis.at(1_100)).toBeGreaterThan(40);
    expect(axis.at(1_060 + 3 * day)).toBeCloseTo(100, 6);
  });

  it("finds the time of a place again, across what was cut", () => {
    const axis = timeAxis(flow, true);
    for (const ms of [1_000, 1_050, 1_100, 1_030 + 3 * day]) expect(axis.timeAt(axis.at(ms))).toBeCloseTo(ms, 3);
  });

  it("runs evenly when nothing is cut", () => {
    const axis = timeAxis(flow, false);
    expect(axis.cuts).toEqual([]);
    expect(axis.at(1_100)).toBeLessThan(0.01);
  });

  it("keeps the order of times and stays within the width", () => {
    const axis = timeAxis(flow, true);
    const places = [0, 1_000, 1_020, 1_100, 2_000, 1_000 + 3 * day, 9 * day].map(axis.at);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...places)).toBeLessThanOrEqual(100);
  });

  it("has no two ticks on top of each other, and survives an instant and nothing at all", () => {
    const { ticks } = timeAxis(flow, true);
    for (let index = 1; index < ticks.length; index += 1) {
      expect((ticks[index]?.at ?? 0) - (ticks[index - 1]?.at ?? 0)).toBeGreaterThan(11);
    }
    expect(timeAxis([{ from: 5, to: 5 }], true).at(5)).toBe(0);
    expect(timeAxis([], true).ticks).toEqual([]);
  });
});
