import fc from "fast-check";
import { expect, test } from "vitest";
import { consistencyToken, readConsistencyToken } from "@/lib/kernel/consistency-token";

test("a token gives back store and position, and fits into a URL and a header as it is", () =>
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 63n - 1n), fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/), (position, store) => {
      const token = consistencyToken({ store, position });
      expect(token).toMatch(/^[\w-]+$/);
      expect(readConsistencyToken(token)).toEqual({ store, position });
    }),
  ));

test.each(["", "42", "t1-", "t1-NDI", "t2-NDIubG9jYWw", "t1-%%%", "t1--1.local"])("%j is no token", (text) =>
  expect(readConsistencyToken(text)).toBeUndefined(),
);
