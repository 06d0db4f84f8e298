import { expect, test } from "vitest";
import { resolveTime } from "./resolve-time";

// A Tuesday.
const now = Date.parse("2026-11-24T02:30:00Z");

test.each([
  ["now-15m", "2026-11-24T02:15:00.000Z"],
  ["1:02", "2026-11-24T01:02:00.000Z"],
  ["01:02:03", "2026-11-24T01:02:03.000Z"],
  ["14:02", "2026-11-23T14:02:00.000Z"],
  ["today", "2026-11-24T00:00:00.000Z"],
  ["yesterday 14:02", "2026-11-23T14:02:00.000Z"],
  ["Tuesday 14:02", "2026-11-17T14:02:00.000Z"],
  ["mon 9:00", "2026-11-23T09:00:00.000Z"],
  ["2026-11-20", "2026-11-20T00:00:00.000Z"],
  ["2026-11-20 14:02", "2026-11-20T14:02:00.000Z"],
  ["2026-11-20T14:02:00.123456Z", "2026-11-20T14:02:00.123456Z"],
  ["2026-11-20T14:02+02:00", "2026-11-20T12:02:00.000Z"],
])("%s, said on a Tuesday at 02:30 UTC, is %s", (text, expected) => {
  expect(resolveTime(text, now)).toBe(expected);
});

test.each(["25:99", "someday", "yesterday 25:00", "#12", ""])("%s is no time", (text) => {
  expect(resolveTime(text, now)).toBeUndefined();
});
