import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { mapAtOnce } from "@/lib/keys/at-once";

const items = Array.from({ length: 100 }, (_, n) => n);

test("everything is done, sixteen at a time at most, and the answers stand in the order of the questions", async () => {
  let [now, most] = [0, 0];
  const answers = await mapAtOnce(items, async (n) => {
    now += 1;
    most = Math.max(most, now);
    for (let turn = 0; turn < n % 5; turn++) await setImmediate();
    now -= 1;
    return n * 2;
  });
  expect(answers).toEqual(items.map((n) => n * 2));
  expect(most).toBe(16);
});

test("after a failure nothing more is begun, and nothing is still under way when it is told", async () => {
  let [begun, ended] = [0, 0];
  const work = mapAtOnce(items, async (n) => {
    begun += 1;
    await setImmediate();
    ended += 1;
    if (n === 3) throw new Error("the fourth");
  });
  await expect(work).rejects.toThrow("the fourth");
  expect(begun).toBeLessThan(40);
  expect(ended).toBe(begun);
});
