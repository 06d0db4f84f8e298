import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffJson } from "./diff-json";
import { type JsonNode, parseJsonTree, printTree } from "./json-tree";

function tree(text: string): JsonNode {
  const node = parseJsonTree(text);
  if (!node) throw new Error(`not JSON: ${text}`);
  return node;
}

describe("the JSON tree", () => {
  it("keeps every number as it was written", () => {
    expect(printTree(tree("[1.10,12345678901234567890,1e3,-0]"))).toBe(
      "[\n  1.10,\n  12345678901234567890,\n  1e3,\n  -0\n]",
    );
  });

  it("reads whatever JSON there is without loss", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(printTree(tree(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("says that text is not JSON instead of guessing", () => {
    expect(parseJsonTree('{"a":1,}')).toBeUndefined();
  });
});

describe("the difference of two JSON values", () => {
  it("is empty exactly for equal values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(diffJson(tree(text), tree(text)).changes).toEqual([]);
      }),
    );
    expect(diffJson(tree("1.0"), tree("1.00")).changes).toHaveLength(1);
  });

  it("names what was added, removed and changed by path", () => {
    const { changes, unchanged } = diffJson(tree('{"a":1,"b":{"c":2},"d":3}'), tree('{"a":1,"b":{"c":4},"e":5}'));
    expect(changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual(["changed b.c", "added e", "removed d"]);
    expect(unchanged).toBe(1);
  });

  it("matches array items by their own id, so that one removed line is one change", () => {
    const lines = (ids: string[]) => tree(JSON.stringify({ lines: ids.map((sku) => ({ sku, quantity: 1 })) }));
    const { changes } = diffJson(lines(["a", "b", "c"]), lines(["b", "c"]));
    expect(changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual(["removed lines[0]"]);
  });
});
