import { expect, test } from "vitest";
import { sourceFiles } from "./source-files";

const CASES = 28;

/** The tests that a cell names: a path in backticks, and names in quotes that stand in that file. */
function namedTests(cell: string): readonly { readonly path: string; readonly name: string }[] {
  return [...cell.matchAll(/`([\w./-]+\.test\.ts)`((?:(?: and)? "[^"]+")+)/g)].flatMap(([, path = "", names = ""]) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => ({ path, name })),
  );
}

test("every case of docs/cases.md names tests that exist, or says why it does not apply", () => {
  const texts = new Map(sourceFiles().map(({ path, text }) => [path, text]));
  const rows = (texts.get("docs/cases.md") ?? "").split("\n").filter((line) => /^\| \d+ /.test(line));
  expect(rows.map((row) => Number(row.split("|")[1]))).toEqual(Array.from({ length: CASES }, (_, index) => index + 1));
  for (const row of rows) {
    const cell = row.split("|")[3] ?? "";
    const named = namedTests(cell);
    expect(named.length > 0 || /does not apply|not yet/.test(cell), row).toBe(true);
    for (const { path, name } of named) expect(texts.get(path) ?? "", `${path}: ${name}`).toContain(name);
  }
});
