import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PayloadRefused } from "@/lib/kernel/errors";
import { checkJson, elementsOf, jsonArray, jsonObject, membersOf, spanOf, spansOf } from "@/lib/kernel/json";

const refusal = (text: string) => {
  try {
    checkJson(text);
    return "accepted";
  } catch (error) {
    if (error instanceof PayloadRefused) return `${error.reason} at ${error.path}`;
    throw error;
  }
};

describe("a payload is accepted as it is or refused by name", () => {
  it.each([
    ["{}", '[1,2.50,-0,0.1,1e3,1E+2,1e23,-1.5e-7,"a\\nb"]', ' {"a" : [ ] } ', '"\\ud83d\\ude00 😀"', "null"],
    ["9007199254740992", "0.30000000000000004", "5e-324", "1.7976931348623157e308", "100000000000000000000", "0e999"],
  ])("accepts %s and its like", (...texts) => {
    for (const text of texts) expect(refusal(text)).toBe("accepted");
  });

  it.each([
    ["9007199254740993", "number-not-exact at $"],
    ['{"a":[0,1e400]}', "number-not-exact at $.a[1]"],
    ['{"a":1e-400}', "number-not-exact at $.a"],
    ['{"a":0.10000000000000000555}', "number-not-exact at $.a"],
    ['{"a b":{"c":"\\u0000"}}', 'nul-character at $["a b"].c'],
    ['["x","\\ud800"]', "lone-surrogate at $[1]"],
    ['["\\udc00"]', "lone-surrogate at $[0]"],
    ['["\\ud83dx"]', "lone-surrogate at $[0]"],
    [`["${"\ud83d"}"]`, "lone-surrogate at $[0]"],
    [`["${"\ude00"}"]`, "lone-surrogate at $[0]"],
    ['{"a":1,"b":{"c":1,"\\u0063":2}}', "duplicate-key at $.b.c"],
    ['{"__proto__":1,"__proto__":2}', "duplicate-key at $.__proto__"],
    ["", "invalid-json at $"],
    ["{'a':1}", "invalid-json at $"],
    ["[1,]", "invalid-json at $[1]"],
    ["01", "invalid-json at $"],
    ["1 2", "invalid-json at $"],
    ["[1", "invalid-json at $[0]"],
    ['{"a":"\n"}', "invalid-json at $.a"],
    ['{"a":tru}', "invalid-json at $.a"],
    ["\ufeff{}", "invalid-json at $"],
    ["+1", "invalid-json at $"],
    ["[.5]", "invalid-json at $[0]"],
  ])("refuses %s as %s", (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  it("finds a repeated key among many", () => {
    const keys = Array.from({ length: 40 }, (_, i) => `"k${i}":${i}`);
    expect(refusal(`{${keys.join()}}`)).toBe("accepted");
    expect(refusal(`{${keys.join()},"k33":0}`)).toBe("duplicate-key at $.k33");
  });

  it("counts levels and survives a million of them", () => {
    expect(refusal("[".repeat(128) + "]".repeat(128))).toBe("accepted");
    expect(refusal("[".repeat(129) + "]".repeat(129))).toMatch(/^too-deep/);
    const start = performance.now();
    expect(refusal('{"a":'.repeat(1_000_000))).toMatch(/^too-deep/);
    expect(refusal(`${"[".repeat(128)}${'"x",'.repeat(1_000_000)}`)).toMatch(/^invalid-json/);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it("accepts whatever JSON.stringify writes of whole characters, and agrees with JSON.parse on what is JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(), fc.string({ maxLength: 2 }), (json, at, noise) => {
        const text = JSON.stringify(json);
        expect(refusal(text)).toBe("accepted");
        const place = at % (text.length + 1);
        const mutant = text.slice(0, place) + noise + text.slice(place + 1);
        const parses = (() => {
          try {
            JSON.parse(mutant);
            return true;
          } catch {
            return false;
          }
        })();
        if (refusal(mutant) === "accepted") expect(parses).toBe(true);
        if (!parses) expect(refusal(mutant)).not.toBe("accepted");
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps every number it accepts: the decimal that is written is the decimal that is read", () => {
    const part = fc.bigInt({ min: 0n, max: 10n ** 20n });
    fc.assert(
      fc.property(part, part, fc.integer({ min: -330, max: 330 }), (whole, fraction, exponent) => {
        const literal = `${whole}.${fraction}e${exponent}`;
        const scale = 10n ** 800n;
        const digits = BigInt(`${whole}${fraction}`);
        const exact = (digits * scale * 10n ** 400n) / 10n ** BigInt(String(fraction).length + 400 - exponent);
        const [m = "", e = "0"] = Number(literal).toExponential().split("e");
        const [w = "", f = ""] = m.split(".");
        const read = Number.isFinite(Number(literal))
          ? (BigInt(w + f) * scale * 10n ** 400n) / 10n ** BigInt(f.length + 400 - Number(e))
          : -1n;
        expect(refusal(literal) === "accepted").toBe(read === exact);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("raw slices", () => {
  const text = ' { "a" : [1, {"b": "x,]}\\"" }] , "c\\u0064":null, "e": 1.50 } ';
  const at = (...path: (string | number)[]) => {
    const span = spanOf(text, path);
    return span && text.slice(span.start, span.end);
  };

  it("cut a value out without touching a byte", () => {
    expect(at()).toBe(text.trim());
    expect(at("a")).toBe('[1, {"b": "x,]}\\"" }]');
    expect(at("a", 1, "b")).toBe('"x,]}\\""');
    expect(at("cd")).toBe("null");
    expect(at("e")).toBe("1.50");
    expect(at("a", 2)).toBeUndefined();
    expect(at("e", "x")).toBeUndefined();
  });

  it("are found for many places at once as they are for each", () => {
    const placesIn = (value: unknown, place: (string | number)[]): (string | number)[][] => [
      place,
      ...(typeof value !== "object" || value === null ? [] : Object.entries(value)).flatMap(([key, member]) =>
        placesIn(member, [...place, Array.isArray(value) ? Number(key) : key]),
      ),
    ];
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.boolean(), (value, spaced) => {
        const raw = JSON.stringify(value, null, spaced ? 1 : 0);
        const places = [["nowhere", 0], ...placesIn(value, []).reverse()];
        const spans = spansOf(raw, places);
        expect(spans).toEqual(places.map((place) => spanOf(raw, place)));
        expect(JSON.parse(raw.slice(spans.at(-1)?.start, spans.at(-1)?.end))).toEqual(JSON.parse(raw));
      }),
      { numRuns: 500 },
    );
  });

  it("list members and elements", () => {
    expect([...(membersOf(text)?.keys() ?? [])]).toEqual(["a", "cd", "e"]);
    expect(elementsOf(membersOf(text)?.get("a") ?? "")).toEqual(["1", '{"b": "x,]}\\"" }']);
    expect(membersOf("[]")).toBeUndefined();
    expect(elementsOf("{}")).toBeUndefined();
    expect(elementsOf(" [ ] ")).toEqual([]);
  });

  it("put together again what they cut apart", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const raw = JSON.stringify(value);
        expect(jsonObject(Object.fromEntries(membersOf(raw) ?? []))).toBe(raw);
        const list = JSON.stringify(Object.values(value));
        expect(jsonArray(elementsOf(list) ?? [])).toBe(list);
      }),
    );
  });
});
