import { expect, test } from "vitest";
import { snoozeUntil } from "./snooze-choices";

const saturday = Date.parse("2026-11-28T22:15:00Z");
const monday = Date.parse("2026-11-30T08:00:00Z");

test("a snooze ends at the time that its choice says, always in the future", () => {
  expect(snoozeUntil("1h", saturday, "")).toBe("2026-11-28T23:15:00.000Z");
  expect(snoozeUntil("4h", saturday, "")).toBe("2026-11-29T02:15:00.000Z");
  expect(snoozeUntil("tomorrow", saturday, "")).toBe("2026-11-29T09:00:00.000Z");
  expect(snoozeUntil("monday", saturday, "")).toBe("2026-11-30T09:00:00.000Z");
  expect(snoozeUntil("monday", monday, "")).toBe("2026-12-07T09:00:00.000Z");
  expect(snoozeUntil("deploy", monday, "")).toBe("next-deploy");
});

test("a time of one's own is read as UTC, and nothing is sent while it is none", () => {
  expect(snoozeUntil("time", monday, "2026-12-24T18:30")).toBe("2026-12-24T18:30:00.000Z");
  expect(snoozeUntil("time", monday, "")).toBeUndefined();
});
