import { expect, test } from "vitest";
import { insteadOfMalformed } from "@/lib/kernel/malformed-address";

test("only an address that cannot be decoded is replaced, and its query does not matter", () => {
  expect(insteadOfMalformed("/api/v1/local/streams/%E0%A4%A/events")).toBe("/api/v1/malformed-address");
  expect(insteadOfMalformed("/local/streams/%")).toBe("/malformed-address");
  expect(insteadOfMalformed("/api/v1/local/streams/a%2Fb/events?prefix=%E0%A4%A")).toBeUndefined();
});
