import { expect, test } from "vitest";
import { createStateCache } from "@/lib/commands/state-cache";

test("all that is remembered can be forgotten, and a state that was being folded meanwhile is not remembered either", () => {
  const cache = createStateCache(2);
  const { news } = cache;
  cache.set("a", { state: "ada@example.org", version: 1 }, news);
  expect(cache.get("a")?.version).toBe(1);
  cache.clear();
  expect(cache.get("a")).toBeUndefined();
  cache.set("a", { state: "ada@example.org", version: 1 }, news);
  expect(cache.get("a")).toBeUndefined();
  cache.set("a", { state: "[forgotten]", version: 1 }, cache.news);
  expect(cache.get("a")?.state).toBe("[forgotten]");
});
