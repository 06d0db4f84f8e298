import { expect, test } from "vitest";
import { parseRange, traceHref, traceState } from "./trace-state";

test("a view of a trace is its address, and the defaults are not in it", () => {
  const state = traceState((name) => new URLSearchParams("idle=off&depth=2&foreign=1").get(name));
  expect(state).toEqual({ idle: "off", depth: "2" });
  expect(traceHref("/local/traces/a", state, { idle: undefined, only: "failed" })).toBe(
    "/local/traces/a?only=failed&depth=2",
  );
  expect(traceHref("/local/traces/a", {})).toBe("/local/traces/a");
});

test("a range is read as people write it, and what is no range is refused", () => {
  expect(parseRange("12 ms - 1.5 s")).toEqual({ from: 12_000, to: 1_500_000 });
  expect(parseRange("3d-3d 2h")).toEqual({ from: 259_200e6, to: 266_400e6 });
  expect(parseRange("100-2000")).toEqual({ from: 100, to: 2_000 });
  for (const text of [undefined, "", "soon", "5 s", "2 s - 1 s", "1 s - 2 weeks"])
    expect(parseRange(text)).toBeUndefined();
});
