import { expect, test } from "vitest";
import { z } from "zod";
import { type Columns, defineEvents, defineFold, type FoldProjection } from "@/lib/define";
import { rowCopy } from "./row-form";

const events = defineEvents({ Happened: [1, z.object({})] });

function foldOf(columns: Columns): FoldProjection {
  const initial = () => ({}) as never;
  return defineFold({ name: "f", version: 1, description: "", events, columns, key: () => null, initial, evolve: {} });
}

test("a copy has the columns of the projection, in their order, whatever it was made of", () => {
  const fold = foldOf({ order_id: "text", pieces: "integer", log: "json?" });
  const log = [1];
  const row = Object.freeze({ log, strange: true, pieces: 2, order_id: "A-1" });
  const copy = rowCopy(fold)(row);
  expect(Object.entries(copy)).toEqual([
    ["order_id", "A-1"],
    ["pieces", 2],
    ["log", log],
  ]);
  expect(copy).not.toBe(row);
  expect(rowCopy(fold)).toBe(rowCopy(fold));
});

test("a column that evolve forgot is still missed, and not taken for empty", () =>
  expect(rowCopy(foldOf({ a: "text", b: "text?" }))({ a: "x" }).b).toBeUndefined());

test.each(["constructor", "__proto__", "a b", 'a"];throw 1;[', "A"])(
  "a row with a column that is named %j is handed on as it is",
  (name) => {
    const row = { ok: 1 };
    expect(rowCopy(foldOf(Object.fromEntries([[name, "text"]])))(row)).toBe(row);
  },
);
