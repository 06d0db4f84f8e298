import { expect, test } from "vitest";
import { renewAhead } from "@/lib/keys/renew-ahead";

test("what is told of together is read together, in batches, and a batch that fails takes nothing with it", async () => {
  const batches: (readonly string[])[] = [];
  let done = () => {};
  const second = new Promise<void>((resolve) => {
    done = resolve;
  });
  const renewal = renewAhead(5, async (ids) => {
    batches.push(ids);
    if (batches.length === 1) throw new Error("the key database is away");
    done();
  });
  const ids = Array.from({ length: 70 }, (_, index) => `key-${index}`);
  for (const id of [...ids, ...ids]) renewal.add(id);
  await second;
  expect(batches.map(({ length }) => length)).toEqual([50, 20]);
  expect(batches.flat()).toEqual(ids);
  await renewal.stop();
});

test("it stops when what is under way has ended, and begins nothing more", async () => {
  let begun = () => {};
  let end = () => {};
  const beginning = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const ending = new Promise<void>((resolve) => {
    end = resolve;
  });
  let batches = 0;
  const renewal = renewAhead(5, async () => {
    batches += 1;
    begun();
    await ending;
  });
  for (let index = 0; index < 60; index++) renewal.add(`key-${index}`);
  await beginning;
  const stopping = renewal.stop();
  end();
  await stopping;
  expect(batches).toBe(1);
});
