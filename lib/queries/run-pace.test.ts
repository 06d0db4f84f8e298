import fc from "fast-check";
import { expect, test } from "vitest";
import { type RunSample, runPace } from "@/lib/queries/run-pace";

/** Samples of one phase, 2 s apart: `done` after each step of the given rates, in units a second. */
function samples(rates: readonly number[], totals: (index: number) => number | null): RunSample[] {
  let done = 0;
  return [0, ...rates].map((rate, index) => {
    done += rate * 2;
    return { atMs: index * 2_000, phase: "replay", done, total: totals(index) };
  });
}

test("nothing is said of the time left for the first 15 s of a phase", () => {
  expect(runPace([], "replay").left).toEqual({ kind: "measuring" });
  expect(
    runPace(
      samples(Array(7).fill(10), () => 1_000),
      "replay",
    ).left,
  ).toEqual({ kind: "measuring" });
  expect(
    runPace(
      samples(Array(8).fill(10), () => 1_000),
      "replay",
    ).left.kind,
  ).toBe("range");
  const before = samples(Array(60).fill(10), () => 1_000).map((sample) => ({ ...sample, phase: "prepare" }));
  expect(runPace([...before, { atMs: 122_000, phase: "replay", done: 0, total: 9 }], "replay").left.kind).toBe(
    "measuring",
  );
});

test("a steady run ends when it says; a total that grows is taken off the rate", () => {
  const { left, perSecond } = runPace(
    samples(Array(20).fill(10), () => 1_000),
    "replay",
  );
  expect([perSecond, left]).toEqual([10, { kind: "range", fromMs: 60_000, toMs: 60_000 }]);
  const growing = runPace(
    samples(Array(20).fill(10), (index) => 1_000 + index * 2 * 6),
    "replay",
  );
  expect(growing.left).toEqual({ kind: "range", fromMs: 210_000, toMs: 210_000 });
});

test("a total that grows as fast as the work is never reached; without a total nobody can know", () => {
  expect(
    runPace(
      samples(Array(20).fill(10), (index) => 1_000 + index * 20),
      "replay",
    ).left,
  ).toEqual({ kind: "never" });
  expect(
    runPace(
      samples(Array(20).fill(0), () => 1_000),
      "replay",
    ).left,
  ).toEqual({ kind: "never" });
  expect(
    runPace(
      samples(Array(20).fill(10), () => null),
      "replay",
    ).left,
  ).toEqual({ kind: "unknown" });
});

test("work that comes in large steps has the rate of the steps, not of the rests between them", () => {
  const stepped = samples(
    Array.from({ length: 40 }, (_, index) => (index % 5 === 4 ? 50 : 0)),
    () => 10_000,
  );
  const { perSecond, left } = runPace(stepped, "replay");
  expect(perSecond).toBe(10);
  expect(left).toEqual({ kind: "range", fromMs: 920_000, toMs: 920_000 });
});

test("the range spans the middle half of the rates, is never upside down, and never negative", () => {
  const rates = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 8, maxLength: 80 });
  fc.assert(
    fc.property(rates, fc.integer({ min: 0, max: 1_000 }), (given, growth) => {
      const { left } = runPace(
        samples(given, (index) => 1_000_000 + index * growth),
        "replay",
      );
      if (left.kind !== "range") return;
      expect(left.fromMs).toBeGreaterThanOrEqual(0);
      expect(left.toMs).toBeGreaterThanOrEqual(left.fromMs);
      expect(Number.isFinite(left.toMs)).toBe(true);
    }),
  );
});
