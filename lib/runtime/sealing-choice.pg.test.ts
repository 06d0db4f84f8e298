import { afterEach, beforeEach, expect, test } from "vitest";
import { decideSealing, sealingChoice } from "@/lib/runtime/sealing-choice";
import { appendRaw } from "@/lib/testing/append-raw";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const decide = (given?: boolean) => decideSealing({ url: database.url, schema: "tidemark" }, given);
const append = () => appendRaw(database.pool, [{ stream: "order-1", type: "OrderPlaced", data: {} }]);

test("a store that begins seals, of many starts at once too, and goes on when it has events", async () => {
  const choice = sealingChoice(database.pool, undefined);
  await expect(choice()).rejects.toMatchObject({ code: "unavailable" });
  expect(await Promise.all([decide(), decide(), decide()])).toEqual([true, true, true]);
  await append();
  expect(await decide()).toBe(true);
  expect(await choice()).toBe(true);
});

test("a store that has events goes on in plain text until its operator says otherwise, and what was said stays", async () => {
  await append();
  expect(await decide()).toBe(false);
  expect(await sealingChoice(database.pool, undefined)()).toBe(false);
  expect(await sealingChoice(database.pool, true)()).toBe(true);
  expect(await decide(true)).toBe(true);
  expect(await decide()).toBe(true);
  expect(await decide(false)).toBe(false);
  expect(await decide()).toBe(false);
});
