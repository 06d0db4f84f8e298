import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJson, membersOf } from "@/lib/kernel/json";
import { isPlainJson, plainMembers } from "@/lib/kernel/plain-json";

/** What the scanner that knows every rule says: a number with an exponent beside the text keeps the plain one out of it. */
function isAccepted(text: string): boolean {
  try {
    JSON.parse(text);
    checkJson(`[1e3,${text}]`);
    return true;
  } catch {
    return false;
  }
}

const key = fc.oneof(fc.constantFrom("a", "b", "ü", "__proto__", "1", '"', "", "😀"), fc.string({ maxLength: 12 }));
const word = fc.string({ unit: "binary", maxLength: 8 });
const written = fc
  .letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(fc.constantFrom(null, true, false, 0, -0, 1.5, -20, 999_999_999_999_999), fc.integer(), word),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5 }),
    ),
  }))
  .value.chain((value) => fc.constantFrom(0, 1, "\t").map((space) => JSON.stringify(value, null, space)));

/** Texts one small slip away from sound ones. */
const slipped = fc
  .tuple(written, fc.nat(), fc.nat(2), fc.oneof(fc.constantFrom(...'{}[],:"\\ \n0.-eE\0', "\\u0061", "\ud800"), word))
  .map(([text, at, less, more]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + more + text.slice(place + less);
  });

describe("a text that is plainly sound", () => {
  it("is one that the scanner of all rules accepts, too", () => {
    fc.assert(
      fc.property(fc.oneof(written, slipped), (text) => {
        if (isPlainJson(text)) expect(isAccepted(text)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  it("is what JSON.stringify writes, with blanks or without", () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: "small", noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        // Other numbers and keys with escapes are left to the scanner of all rules.
        fc.pre(!/\d[eE]|[\d.]{16}|\\/.test(text));
        expect(isPlainJson(text)).toBe(isAccepted(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["{}", "[]", " [ ] ", '""', "0", "-0", "1.50", "123456789012345", "true", "false", "null", "\t[null]\n"],
    ['{"a":[1,{"b":"x"}],"c":{"a":2}}', '{ "ä" : "\\u00e4\\n\\/" , "😀": "😀" }', '["\\\\"]', '[{"a":1},{"a":2}]'],
  ])("%s and its like", (...texts) => {
    for (const text of texts) expect(isPlainJson(text), text).toBe(true);
  });

  it.each([
    ...['{"a":1,"a":2}', '{"a":{"b":1},"a":2}', '{"\\u0061":1}', '["\\u0000"]', '["\\ud83d\\ude00"]', "[1e3]"],
    ...["1234567890123456", "01", "-", "1.", ".5", "+1", "[1,]", "[,1]", '{"a":1,}', '{"a"}', "{1:2}", "1 2", "1,2"],
    ...[
      "",
      " ",
      "[",
      "]",
      '{"a":[}',
      "[{]",
      "tru",
      "nul",
      "fals",
      "truee",
      '"',
      '"a',
      '"\\',
      '"\\x"',
      '"\\u00',
      "1\0",
      '"\0"',
    ],
    ...["\ufeff1", '"\ud800"', "\u00a01", '"\n"', "[".repeat(34) + "]".repeat(34)],
  ])("is not %j", (text) => expect(isPlainJson(text)).toBe(false));

  it("is not read beyond its end, though a longer one was looked at before", () => {
    for (const text of ['"abc', "[1,2", '{"abcd":tr', '{"a":1', '"\\u12']) {
      expect(isPlainJson(`${text}${" ".repeat(9)}`), text).toBe(false);
      for (const rest of ['"', "]", "ue}", "}", '34"']) {
        isPlainJson(text + rest);
        expect(isPlainJson(text), text).toBe(false);
      }
    }
  });

  it("may be longer than any before it", () => {
    expect(isPlainJson(JSON.stringify(["ü".repeat(300_000)]))).toBe(true);
    expect(isPlainJson(`["${"ü".repeat(300_000)}`)).toBe(false);
  });
});

it("the members of a plain object are those that cutting it apart gives, letter by letter", () => {
  fc.assert(
    fc.property(fc.oneof(written, slipped), (text) => {
      const members = plainMembers(text);
      if (members) expect([...members]).toEqual([...(membersOf(text) ?? [])]);
      else if (text.trimStart().startsWith("{")) expect(isPlainJson(text)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
  expect(plainMembers("[1]")).toBeUndefined();
  expect([...(plainMembers(' { "a" : 1.50 , "ü":{ "b":[] } } ') ?? [])]).toEqual([
    ["a", "1.50"],
    ["ü", '{ "b":[] }'],
  ]);
});
