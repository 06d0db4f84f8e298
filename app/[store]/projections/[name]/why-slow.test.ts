import { expect, it } from "vitest";
import type { PartitionLoad } from "@/lib/queries/partition-load";
import { whySlow } from "./why-slow";

const held = { error: null, owned: true };
const load = (more: Partial<PartitionLoad> = {}): PartitionLoad => ({
  ...{ partition: 0, behind: 100, more: false, oldestMs: 9_000, hot: null, p95Ms: 4 },
  ...more,
});

it("says why a partition is behind, the surest cause first, and nothing where nothing sets it apart", () => {
  const [quick, slow] = [load(), load({ partition: 1, p95Ms: 84 })];
  const hot = load({ hot: { stream: "order-9", share: 0.714 }, p95Ms: 84 });
  const error = { message: "no", position: "1", at: "" };
  expect(whySlow({ error, owned: true }, load({ behind: 0 }), [])?.words).toBe("stopped on an error");
  expect(whySlow(held, load({ behind: 0, p95Ms: 900 }), [quick])).toBeUndefined();
  expect(whySlow({ ...held, owned: false }, hot, [quick])?.words).toBe("no worker holds it");
  expect(whySlow(held, hot, [quick, hot])).toEqual({ words: "71 % of what waits", stream: "order-9" });
  expect(whySlow(held, slow, [quick, slow])?.words).toBe("slow batches: the quickest partition takes 4 ms");
  expect(whySlow(held, quick, [quick, slow])).toBeUndefined();
  expect(whySlow(held, load({ p95Ms: null }), [])).toBeUndefined();
});
