import { expect, it } from "vitest";
import { isoOfMicroseconds, microseconds } from "@/lib/kernel/time";

it.each([
  ["2026-11-24T02:01:17.513805Z", "2026-11-24T02:01:17.513805Z"],
  ["2026-11-24T03:01:17+01:00", "2026-11-24T02:01:17.000000Z"],
  ["1969-12-31T23:59:59.5-00:30", "1970-01-01T00:29:59.500000Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"],
  ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
])("%s is read to the microsecond", (text, utc) => {
  expect(isoOfMicroseconds(microseconds(text) ?? 0n)).toBe(utc);
});

it.each([
  "2026-02-30T00:00:00Z",
  "2026-11-24T24:00:00Z",
  "2026-11-24 02:01:17Z",
  "2026-11-24T02:01:17",
  "2026-11-24T02:01:17.1234567Z",
  "0000-01-01T00:00:00Z",
  "2026-11-24T02:01:17+99:00",
  "now",
])("%s is no time", (text) => {
  expect(microseconds(text)).toBeUndefined();
});
