import { expect, test } from "vitest";
import { createThinning } from "@/lib/telemetry/thinning";

/** A clock, and the ids of traces that are spread evenly. */
function world() {
  let now = 0;
  const thinning = createThinning(() => now);
  const idOf = (n: number) => n.toString(16).padStart(32, "0");
  const second = (spans: number) => {
    let kept = 0;
    for (let n = 0; n < spans; n++) {
      now += 1_000 / spans;
      if (thinning.keeps(idOf(n))) kept += 1;
    }
    return kept;
  };
  return { thinning, second, idOf };
}

test("few spans are all kept; of many only so many as the store takes, and all again when they get fewer", () => {
  const { second, thinning } = world();
  expect(second(150)).toBe(150);
  for (let s = 0; s < 12; s++) second(20_000);
  expect(second(20_000)).toBeLessThan(400);
  expect(thinning.oneIn()).toBeGreaterThan(32);
  for (let s = 0; s < 12; s++) second(20);
  expect(second(150)).toBe(150);
});

test("a trace is kept whole, and whoever keeps fewer keeps none that the others drop", () => {
  const busy = world();
  const quiet = world();
  for (let s = 0; s < 6; s++) busy.second(3_000);
  for (let n = 0; n < 500; n++) {
    const id = busy.idOf(n * 7_919);
    const kept = busy.thinning.keeps(id);
    expect(busy.thinning.keeps(id)).toBe(kept);
    if (kept) expect(quiet.thinning.keeps(id)).toBe(true);
  }
});
