import { expect, test } from "vitest";
import { diffStates } from "@/lib/time-travel/diff-states";

test("equal states do not differ, whatever the order of their members", () =>
  expect(diffStates({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toEqual([]));

test("added, removed and changed members are told by their path", () =>
  expect(diffStates({ a: 1, deep: { b: 2, gone: 3 } }, { a: 1, deep: { b: 4 }, fresh: { c: 5 } })).toEqual([
    { kind: "changed", path: "deep.b", before: 2, after: 4 },
    { kind: "removed", path: "deep.gone", before: 3 },
    { kind: "added", path: "fresh", after: { c: 5 } },
  ]));

test("a value of another kind is changed as a whole", () =>
  expect(diffStates({ a: [1] }, { a: { 0: 1 } })).toEqual([
    { kind: "changed", path: "a", before: [1], after: { 0: 1 } },
  ]));

test("null is a value, absence is not", () => {
  expect(diffStates(null, { a: null })).toEqual([{ kind: "changed", path: "", before: null, after: { a: null } }]);
  expect(diffStates({ a: null }, {})).toEqual([{ kind: "removed", path: "a", before: null }]);
});

test("elements with ids are compared by id, so a line taken out does not shift the rest", () => {
  const [mug, lamp] = [
    { sku: "MUG", quantity: 2 },
    { sku: "LAMP", quantity: 1 },
  ];
  expect(diffStates([mug, lamp], [{ ...lamp, quantity: 3 }])).toEqual([
    { kind: "changed", path: "[LAMP].quantity", before: 1, after: 3 },
    { kind: "removed", path: "[MUG]", before: mug },
  ]);
});

test("elements without ids, or with one id twice, are compared by place", () => {
  expect(diffStates([1, 2], [1, 3, 4])).toEqual([
    { kind: "changed", path: "1", before: 2, after: 3 },
    { kind: "added", path: "2", after: 4 },
  ]);
  expect(
    diffStates(
      [
        { id: "x", n: 1 },
        { id: "x", n: 2 },
      ],
      [{ id: "x", n: 1 }],
    ),
  ).toEqual([{ kind: "removed", path: "1", before: { id: "x", n: 2 } }]);
});
