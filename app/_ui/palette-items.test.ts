import { expect, test } from "vitest";
import { type PaletteItem, paletteGroups, searchItem } from "./palette-items";

const item = (label: string, more: Partial<PaletteItem> = {}): PaletteItem => ({
  ...{ value: label, label, hint: "", href: `/local/${label}` },
  ...more,
});
const local = { actions: [item("Pause updates")], recent: [item("order-9")] };
const places = [{ value: "Projections", items: [item("order-summary")] }];
const labels = (query: string, found: readonly PaletteItem[] = []) =>
  paletteGroups(query, local, places, found, searchItem(query, "/s?q=")).map(({ value, items }) => [
    value,
    ...items.map(({ label }) => label),
  ]);

test("what is exactly meant stands first, what only resembles it after the names that are known, the search last", () => {
  const found = [item("order-4", { exact: true }), item("order-42")];
  expect(labels("order", found)).toEqual([
    ["Exactly this", "order-4"],
    ["Recent", "order-9"],
    ["Projections", "order-summary"],
    ["In the store", "order-42"],
    ["Search", "Search for order"],
  ]);
});

test("a place that both know is listed once, and > offers acts alone", () => {
  expect(labels("summary", [item("order-summary", { exact: true })])).toEqual([
    ["Projections", "order-summary"],
    ["Search", "Search for summary"],
  ]);
  expect(labels("> pause")).toEqual([["On this page", "Pause updates"]]);
  expect(labels("> nothing")).toEqual([]);
});
