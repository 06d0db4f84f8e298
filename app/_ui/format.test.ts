import { describe, expect, it } from "vitest";
import {
  epochMs,
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatFlow,
  formatRate,
  formatTime,
} from "./format";

describe("figures are written the same everywhere", () => {
  it("durations use at most two units and never round up into a third", () => {
    const cases: [number, string][] = [
      [0, "0 ms"],
      [0.001, "0.01 ms"],
      [4.04, "4 ms"],
      [999.4, "999 ms"],
      [999.6, "1.00 s"],
      [1_240, "1.24 s"],
      [5_000, "5 s"],
      [59_949, "59.9 s"],
      [59_999, "1 m"],
      [252_000, "4 m 12 s"],
      [3_600_000, "1 h"],
      [266_400_000, "3 d 2 h"],
    ];
    for (const [ms, text] of cases) expect(formatDuration(ms)).toBe(text);
    expect(formatDuration(Number.NaN)).toBe("–");
  });

  it("positions beyond 2^53 keep every digit", () => {
    expect(formatCount("9223372036854775807")).toBe("9,223,372,036,854,775,807");
  });

  it("a slow rate is not shown as standing still", () => {
    expect(formatRate(0.01)).toBe("0.1/s");
    expect(formatRate(0)).toBe("0/s");
    expect(formatRate(9_800, "ev")).toBe("9,800 ev/s");
    expect([formatFlow(0, 412.4), formatFlow(null, 0.01), formatFlow(null, null)]).toEqual([
      ...["0 / 412 ev/s", "– / 0.1 ev/s", "–"],
    ]);
  });

  it("sizes are binary", () => {
    expect([612, 18_637, 3_145_728].map(formatBytes)).toEqual(["612 B", "18 KiB", "3.0 MiB"]);
  });

  it("times are UTC to the millisecond, and microseconds survive arithmetic", () => {
    expect(formatTime("2026-11-24T02:01:17.513805Z")).toBe("24 Nov 02:01:17.513");
    const later = epochMs("2026-11-24T02:01:17.513905Z");
    expect(later - epochMs("2026-11-24T02:01:17.513805Z")).toBeCloseTo(0.1, 2);
    expect(formatAgo("2026-11-24T02:01:17Z", Date.parse("2026-11-24T02:32:20Z"))).toBe("31 m ago");
  });
});
