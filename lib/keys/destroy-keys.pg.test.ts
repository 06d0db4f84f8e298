import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SubjectForgotten } from "@/lib/keys/errors";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createTestKeyStore, type TestKeyStore } from "@/lib/testing/key-store";

let events: TestDatabase;
let store: TestKeyStore;
beforeAll(async () => {
  events = await createTestDatabase();
  store = await createTestKeyStore(events);
});
afterAll(async () => {
  await store?.close();
  await events?.close();
});

const rowsOf = (digest: string) =>
  store.sql(
    "select epoch, state, wrapped from tidemark_keys.subject_keys where subject = decode($1, 'hex') order by epoch",
    [digest],
  );

/** Whether these bytes are anywhere in the file of the table of keys, dead rows and free space included. */
async function inTableFile(bytes: unknown): Promise<boolean> {
  await store.sql("checkpoint");
  const [row] = await store.sql(
    "select position($1::bytea in pg_read_binary_file(pg_relation_filepath('tidemark_keys.subject_keys'))) > 0 as found",
    [bytes],
  );
  return row?.found === true;
}

test("destroying is for good, told everywhere, safe to repeat by several at once, and touches nobody else", async () => {
  const { keys } = store;
  const other = store.another();
  let told = 0;
  other.onDestroyed(() => {
    told += 1;
  });
  const made = await keys.keysToSeal("t", ["ada", "bob"]);
  await other.keysToSeal("t", ["ada"]);
  // What is told before it listens it cannot hear; it looks anew when it does.
  await eventually(() => told >= 1, { what: "the other process to listen" });
  const digest = await keys.digest("t", "ada");
  expect(made.get("ada")?.subject).toBe(digest);
  const all = await Promise.all([keys.destroy(digest, 1), other.destroy(digest, 1), keys.destroy(digest, 1)]);
  for (const destroyed of all) expect(destroyed).toEqual(await keys.personKeys(digest));
  expect(all[0]).toMatchObject([{ epoch: 1, state: "destroyed", destroyedAt: expect.any(String) }]);
  expect(await rowsOf(digest)).toEqual([{ epoch: 1, state: "destroyed", wrapped: null }]);
  await eventually(() => told >= 2, { what: "the other process to be told of the key" });
  for (const one of [keys, other]) {
    const id = made.get("ada")?.id ?? "";
    await eventually(async () => (await one.keysToOpen([id])).get(id)?.state === "destroyed");
    await expect(one.keysToSeal("t", ["ada"])).rejects.toThrow(SubjectForgotten);
    expect((await one.keysToSeal("t", ["bob"])).get("bob")?.id).toBe(made.get("bob")?.id);
  }
});

test("the wrapped bytes are gone from the table's file after the cleansing, which says what it does not reach", async () => {
  const { keys } = store;
  await keys.keysToSeal(null, ["carl"]);
  const digest = await keys.digest(null, "carl");
  const [row] = await rowsOf(digest);
  // Whoever began before can still see what was destroyed, and PostgreSQL keeps it for them.
  const older = new pg.Client({ connectionString: store.url });
  await older.connect();
  await older.query("begin isolation level repeatable read; select 1 from pg_class limit 1");
  await keys.destroy(digest, 1);
  const early = await keys.cleanse();
  expect(early.table).toBe("tidied");
  expect(early.left[0]).toContain("an older transaction could still see destroyed keys");
  expect(await inTableFile(row?.wrapped)).toBe(true);
  await older.end();
  const cleansed = await keys.cleanse();
  expect(cleansed).toMatchObject({ table: "rewritten", logSwitched: true, checkpointed: true });
  expect(cleansed.left).toEqual([expect.stringContaining("backups may still have the wrapped key")]);
  expect(await inTableFile(row?.wrapped)).toBe(false);
});

test("somebody comes back only by an explicit act, once for all who do it at once, and a destroyed epoch never opens again", async () => {
  const { keys } = store;
  await expect(keys.beginEpoch(null, "dora")).rejects.toMatchObject({ code: "not-found" });
  const first = (await keys.keysToSeal(null, ["dora"])).get("dora");
  await expect(keys.beginEpoch(null, "dora")).rejects.toMatchObject({ code: "conflict", facts: { epoch: 1 } });
  const digest = await keys.digest(null, "dora");
  await keys.destroy(digest, 1);
  const begun = await Promise.allSettled([keys.beginEpoch(null, "dora"), store.another().beginEpoch(null, "dora")]);
  expect(begun.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  expect((await keys.personKeys(digest)).map(({ epoch, state }) => [epoch, state])).toEqual([
    [1, "destroyed"],
    [2, "live"],
  ]);
  expect((await keys.keysToSeal(null, ["dora"])).get("dora")?.epoch).toBe(2);
  expect((await keys.keysToOpen([first?.id ?? ""])).get(first?.id ?? "")?.state).toBe("destroyed");
  // What destroyed the first key, done again, leaves the new one alone.
  await keys.destroy(digest, 1);
  expect((await keys.keysToSeal(null, ["dora"])).get("dora")?.epoch).toBe(2);
});

test("a sealed identifier opens at its own place only", async () => {
  const { keys } = store;
  const sealed = await keys.sealReference("ada@example.org", "request-1");
  expect(sealed.toString("latin1")).not.toContain("ada@");
  expect(await store.another().openReference(sealed, "request-1")).toBe("ada@example.org");
  await expect(keys.openReference(sealed, "request-2")).rejects.toMatchObject({ code: "internal" });
});
