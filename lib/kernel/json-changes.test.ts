import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyChanges, jsonChanges } from "@/lib/kernel/json-changes";
import { parsePath, pathText, valueAt } from "@/lib/kernel/json-path";

/** Odd keys are the point: dots, quotes, brackets, digits, `__proto__`, and what an array has by itself. */
const key = fc.oneof(
  fc.constantFrom("a", "b", "a.b", "x[0]", '"', "", "0", "length", "__proto__", "constructor", "ä-1", "\n"),
  fc.string({ maxLength: 3 }),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, 1, -2.5, "", "x"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

describe("the changes between two values", () => {
  test("applied to the one give the other, and are none only where both are the same", () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const kept = structuredClone(before);
        const changes = jsonChanges(before, after);
        expect(applyChanges(before, changes)).toEqual(after);
        expect(before).toEqual(kept);
        expect(jsonChanges(before, structuredClone(before))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("name each member that differs, and only those", () => {
    const before = { status: "paid", lines: [{ sku: "a" }, { sku: "b" }], "o 1": 1 };
    const after = { status: "shipped", lines: [{ sku: "a" }], "o 1": 1, by: null };
    expect(jsonChanges(before, after)).toEqual([
      { path: "status", kind: "changed", before: "paid", after: "shipped" },
      { path: "lines[1]", kind: "removed", before: { sku: "b" } },
      { path: "by", kind: "added", after: null },
    ]);
  });
});

describe("a path", () => {
  const segments = fc.array(fc.oneof(key, fc.nat({ max: 20 })), { maxLength: 5 });

  test("is read back as the place it names, whatever the keys are", () => {
    fc.assert(
      fc.property(segments, (place) => {
        expect(parsePath(pathText(place))).toEqual(place);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(["a.", ".a", "a[", "a[x]", "a[01]", 'a["x]', "a b", "a..b", "[-1]", 'a["\\q"]'])("is not %j", (text) =>
    expect(parsePath(text)).toBeUndefined(),
  );

  test("sees own members and the length of a list, and nothing that comes with the language", () => {
    const value = { lines: [1, 2], deep: { "a.b": 3 } };
    expect(valueAt(value, ["lines", "length"])).toBe(2);
    expect(valueAt(value, parsePath('$.deep["a.b"]') ?? [])).toBe(3);
    for (const text of ["constructor", "lines.map", "deep.__proto__", "lines[2]", "nowhere.at.all"]) {
      expect(valueAt(value, parsePath(text) ?? [])).toBeUndefined();
    }
  });
});
