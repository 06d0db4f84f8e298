import { expect, test } from "vitest";
import { maskedText } from "./json-view";
import { isMasked, touchesMasked } from "./masked-paths";

test.each([
  ["name", ["name"], true],
  ["name.first", ["name"], true],
  ["names", ["name"], false],
  ["shipTo", ["shipTo.name"], false],
  ["lines[3].email", ["lines.*.email"], true],
  ["people.ada.email", ["people.*.email"], true],
  ['people["a.b"].email', ["people.*.email"], true],
  ["people.ada", ["people.*.email"], false],
  ["a[", ["b"], true],
])("a place is masked where it is or lies within a masked path: %s of %j is %s", (path, masked, is) =>
  expect(isMasked(path, masked)).toBe(is),
);

test("a change that contains a masked path is masked whole", () => {
  expect(touchesMasked("shipTo", ["shipTo.name"])).toBe(true);
  expect(touchesMasked("", ["shipTo.name"])).toBe(true);
  expect(touchesMasked("lines", ["shipTo.name"])).toBe(false);
});

test("text that is copied holds no masked value, under whatever key it stands", () => {
  const text = maskedText('{"people":{"a.b":{"email":"ada@example.org","age":36}}}', ["people.*.email"]);
  expect(text).not.toContain("ada@");
  expect(JSON.parse(text)).toMatchObject({ people: { "a.b": { age: 36 } } });
});
