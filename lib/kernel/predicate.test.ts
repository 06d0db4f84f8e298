import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePredicate } from "@/lib/kernel/predicate";

const value = {
  status: "paid",
  total: 12.5,
  lines: [{ sku: "a" }, { sku: "b" }],
  none: null,
  "o 1": { ok: true },
  "[x]": 1,
};
const holds = (text: string, before: unknown = value) => parsePredicate(text).holds(value, before);

describe("a condition", () => {
  test.each([
    'status == "paid"',
    '$.status != "open"',
    "total > 12 && total <= 12.5",
    "lines.length == 2",
    'lines[1].sku == "b"',
    'lines[0].sku < "b"',
    'status contains "ai"',
    "none == null",
    '["o 1"].ok == true',
    '["[x]"] >= 1',
    "exists(lines[1]) && !exists(lines[2])",
    '!(status == "open" || total < 0)',
    "missing != 1",
    "total > -1e2",
  ])("holds: %s", (text) => expect(holds(text)).toBe(true));

  test.each([
    "missing == null",
    "missing > 0",
    'total > "1"',
    "status > 1",
    "none < 1",
    "lines == 1",
    "constructor != null && exists(constructor)",
  ])("does not hold: %s", (text) => expect(holds(text)).toBe(false));

  test("tells whether a place has changed, deeply", () => {
    expect(holds("changed(lines)", { ...value, lines: [{ sku: "a" }, { sku: "b" }] })).toBe(false);
    expect(holds("changed(lines)", { ...value, lines: [{ sku: "a" }] })).toBe(true);
    expect(holds("changed(status)", null)).toBe(true);
  });

  test.each([
    ["", "empty"],
    ["status", "=="],
    ["status = 1", "makes no sense"],
    ["status == paid", "JSON value"],
    ["status ==", "JSON value"],
    ["(status == 1", "closing bracket"],
    ["status == 1 status == 2", "the end"],
    ["process.exit()", "=="],
    ['status == "a', "makes no sense"],
    ["a..b == 1", "a path"],
    [`${"(".repeat(40)}a == 1${")".repeat(40)}`, "brackets"],
    ["x".repeat(1_001), "longer"],
  ])("that cannot be read is refused, and it is said where: %j", (text, says) => {
    expect(() => parsePredicate(text)).toThrow(expect.objectContaining({ code: "invalid-request" }));
    expect(() => parsePredicate(text)).toThrow(says);
  });

  test("is refused or read, whatever it is, and never takes long", () => {
    const piece = fc.constantFrom(
      "a",
      ".",
      "[0]",
      '["',
      '"]',
      "==",
      "&&",
      "||",
      "(",
      ")",
      "!",
      '"x"',
      "1",
      " ",
      "exists",
      "-",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          parsePredicate(pieces.join("")).holds(value, value);
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid-request" });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
