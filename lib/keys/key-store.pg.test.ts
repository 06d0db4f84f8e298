import { KeyObject } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KeyStoreDown, SubjectForgotten, WrongKeyStore } from "@/lib/keys/errors";
import type { KeyStore, SubjectKey } from "@/lib/keys/key-store";
import { openKeks } from "@/lib/keys/open-keks";
import { openKeyStore } from "@/lib/keys/open-key-store";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { readStoreIdentity } from "@/lib/keys/store-identity";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createTestKeyStore, newKek, type TestKeyStore } from "@/lib/testing/key-store";

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

async function keyOf(keys: KeyStore, subject: string, tenant: string | null = null): Promise<SubjectKey> {
  const key = (await keys.keysToSeal(tenant, [subject])).get(subject);
  if (!key) throw new Error(`no key for ${subject}`);
  return key;
}

/** The key once it is remembered: then the same object comes again. */
function remembered(keys: KeyStore, subject: string): Promise<SubjectKey> {
  return eventually(async () => {
    const first = await keyOf(keys, subject);
    const again = await keyOf(keys, subject);
    return first === again && again;
  });
}

const bytes = (key: SubjectKey) => key.encryption.export().toString("hex");

test("all who make a key for a person at once get the same one, and other people other ones", async () => {
  const processes = [store.keys, store.another(), store.another()];
  const people = Array.from({ length: 20 }, (_, n) => `racer-${n}`);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      // In many orders, so that those who lock the same rows could stand in each other's way.
      (processes[n % 3] as KeyStore).keysToSeal("t", n % 2 ? people : [...people].reverse()),
    ),
  );
  const keys = new Map(
    people.map((person) => [person, new Set(answers.map((answer) => bytes(answer.get(person) as SubjectKey)))]),
  );
  for (const [person, found] of keys) expect(found.size, person).toBe(1);
  expect(new Set([...keys.values()].flatMap((found) => [...found])).size).toBe(people.length);
  const [row] = await store.sql("select count(*)::int as n from tidemark_keys.subject_keys where tenant = 't'");
  expect(row).toEqual({ n: people.length });
});

test("what keeps the key-encryption key is asked once for a new person, and the new key is the stored one", async () => {
  const kek = openKeks(store.kek);
  const asked = { wrap: 0, unwrap: 0 };
  const counting = openKeyStore({
    ...{ url: store.url, applicationName: "test-keys", expected: () => readStoreIdentity(events.pool) },
    kek: {
      ...kek,
      wrap: (key, about) => {
        asked.wrap += 1;
        return kek.wrap(key, about);
      },
      unwrap: (wrapped, about) => {
        // The secret of the digests is unwrapped with every connection.
        if (about.includes("subject key")) asked.unwrap += 1;
        return kek.unwrap(wrapped, about);
      },
    },
  });
  try {
    const people = Array.from({ length: 5 }, (_, n) => `new-${n}`);
    const made = await counting.keysToSeal(null, people);
    expect(asked).toEqual({ wrap: people.length, unwrap: 0 });
    for (const person of people) {
      const stored = await keyOf(store.keys, person);
      expect(stored.id).toBe(made.get(person)?.id);
      expect(bytes(stored)).toBe(bytes(made.get(person) as SubjectKey));
    }
  } finally {
    await counting.close();
  }
});

test("a person of one tenant is another person in another tenant", async () => {
  const [one, other, none] = await Promise.all([
    keyOf(store.keys, "same", "a"),
    keyOf(store.keys, "same", "b"),
    keyOf(store.keys, "same"),
  ]);
  expect(new Set([one.id, other.id, none.id]).size).toBe(3);
  expect(new Set([one.subject, other.subject, none.subject]).size).toBe(3);
});

test("what a key seals another process opens; its parts are different keys", async () => {
  const key = await keyOf(store.keys, "ann");
  const opened = (await store.another().keysToOpen([key.id])).get(key.id);
  if (opened?.state !== "live") throw new Error(`the key is ${opened?.state}`);
  expect(bytes(opened.key)).toBe(bytes(key));
  expect(opened.key.commitment).toEqual(key.commitment);
  expect(opened.key.lookup.equals(key.lookup)).toBe(true);
  expect(new Set([bytes(key), key.commitment.toString("hex"), key.lookup.export().toString("hex")]).size).toBe(3);
  expect(key.encryption).toBeInstanceOf(KeyObject);
});

test("who the people are is not in the key database, and neither is a key", async () => {
  const key = await keyOf(store.keys, "canary@example.org", "canary-tenant");
  const rows = await store.sql("select row_to_json(k)::text as row from tidemark_keys.subject_keys k where id = $1", [
    key.id,
  ]);
  const text = String(rows[0]?.row);
  expect(text).not.toContain("canary@");
  expect(text).not.toContain(bytes(key));
});

test("destroyed, unknown and not to be asked are three answers", async () => {
  const key = await keyOf(store.keys, "bob");
  await store.destroy(key.id);
  const unknown = "00000000-0000-7000-8000-000000000000";
  const answer = await store.another().keysToOpen([key.id, unknown, "not a key's id"]);
  expect(answer.get(key.id)).toEqual({ state: "destroyed", destroyedAt: expect.stringMatching(/^\d{4}-.*Z$/) });
  expect(answer.get(unknown)).toEqual({ state: "unknown" });
  expect(answer.get("not a key's id")).toEqual({ state: "unknown" });

  const nowhere = openKeyStore({
    url: "postgres://nobody@127.0.0.1:9/none",
    applicationName: "test-keys",
    kek: openKeks(store.kek),
    expected: () => readStoreIdentity(events.pool),
  });
  try {
    await expect(nowhere.keysToOpen([key.id])).rejects.toThrow(KeyStoreDown);
    await expect(nowhere.keysToSeal(null, ["bob"])).rejects.toThrow(KeyStoreDown);
  } finally {
    await nowhere.close();
  }
});

test("for a forgotten person nothing is sealed, nor is a key made for those who were asked with them", async () => {
  const key = await keyOf(store.keys, "carl");
  await store.destroy(key.id);
  const refusal = store.another().keysToSeal(null, ["carl", "carl's neighbour"]);
  await expect(refusal).rejects.toThrow(SubjectForgotten);
  await expect(refusal).rejects.toMatchObject({ code: "subject-forgotten", facts: { subject: key.subject, epoch: 1 } });
  const [row] = await store.sql(
    "select count(*)::int as n from tidemark_keys.subject_keys where tenant is null and created_at > (select created_at from tidemark_keys.subject_keys where id = $1)",
    [key.id],
  );
  expect(row).toEqual({ n: 0 });
});

test("the row of a destroyed key stays, and no key comes back: the owner is refused too", async () => {
  const key = await keyOf(store.keys, "dora");
  const live = await keyOf(store.keys, "dora's brother");
  const [before] = await store.sql("select wrapped, kek from tidemark_keys.subject_keys where id = $1", [key.id]);
  await store.destroy(key.id);
  const refused: readonly (readonly [string, unknown[]?])[] = [
    ["delete from tidemark_keys.subject_keys where id = $1", [key.id]],
    ["delete from tidemark_keys.subject_keys where id = $1", [live.id]],
    ["truncate tidemark_keys.subject_keys"],
    [
      "update tidemark_keys.subject_keys set state = 'live', wrapped = $2, kek = $3, destroyed_at = null where id = $1",
      [key.id, before?.wrapped, before?.kek],
    ],
    ["update tidemark_keys.subject_keys set epoch = 7 where id = $1", [live.id]],
    ["delete from tidemark_keys.key_store"],
    ["update tidemark_keys.key_store set identity = gen_random_uuid()"],
    ["set session_replication_role = replica; delete from tidemark_keys.subject_keys"],
  ];
  for (const [text, values] of refused)
    await expect(store.sql(text, values), text).rejects.toMatchObject({ code: "TM003" });
  await expect(store.sql("set role tidemark_keys; delete from tidemark_keys.subject_keys")).rejects.toMatchObject({
    code: "42501",
  });
});

test("two live keys of one person cannot be", async () => {
  const key = await keyOf(store.keys, "emil");
  const second =
    "insert into tidemark_keys.subject_keys (id, subject, epoch, wrapped, kek) select gen_random_uuid(), subject, 2, wrapped, kek from tidemark_keys.subject_keys where id = $1";
  await expect(store.sql(second, [key.id])).rejects.toMatchObject({ code: "23505" });
});

test("a key that was moved to another person, or changed, does not open, and is not taken for erased", async () => {
  const [thief, victim] = [await keyOf(store.keys, "thief"), await keyOf(store.keys, "victim")];
  await store.sql(
    "update tidemark_keys.subject_keys set wrapped = (select wrapped from tidemark_keys.subject_keys where id = $1) where id = $2",
    [victim.id, thief.id],
  );
  await expect(store.another().keysToOpen([thief.id])).rejects.toMatchObject({ code: "internal" });
});

test("with another key-encryption key nothing is opened, and a start is refused in words", async () => {
  const key = await keyOf(store.keys, "fay");
  const kek = { text: newKek() };
  const other = store.another({ kek });
  await expect(other.keysToOpen([key.id])).rejects.toThrow(/key-encryption key [0-9a-f]{16} is not among those/);
  await expect(other.keysToOpen([key.id])).rejects.toThrow(KeyStoreDown);
  const start = prepareKeys({ events: { url: events.url, schema: "tidemark" }, url: store.url, kek, mayMakeKek: true });
  await expect(start).rejects.toThrow(/is not among those that were given/);
});

test("a key destroyed in another process is forgotten at once where it was remembered", async () => {
  const other = store.another();
  const key = await keyOf(store.keys, "gus");
  expect((await remembered(other, "gus")).id).toBe(key.id);
  await store.destroy(key.id);
  await eventually(async () => (await other.keysToOpen([key.id])).get(key.id)?.state === "destroyed", {
    deadlineMs: 5_000,
  });
  await expect(keyOf(other, "gus")).rejects.toThrow(SubjectForgotten);
});

test("a process that hears of nothing any more remembers nothing, and remembers again when it is back", async () => {
  const other = store.another();
  const before = await remembered(other, "hal");
  // Every connection to the key database is cut, listeners with them.
  await store.sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  await eventually(async () => (await keyOf(other, "hal")) !== before);
  expect((await remembered(other, "hal")).id).toBe(before.id);
});

test("keys are remembered for a bounded time and in a bounded number", async () => {
  const brief = store.another({ cache: { maxAgeMs: 300, maxKeys: 100 } });
  const first = await remembered(brief, "ida");
  await eventually(async () => (await keyOf(brief, "ida")) !== first);
  const small = store.another({ cache: { maxAgeMs: 60_000, maxKeys: 2 } });
  const one = await remembered(small, "jo-1");
  await small.keysToSeal(null, ["jo-2", "jo-3", "jo-4", "jo-5", "jo-6"]);
  expect(await keyOf(small, "jo-1")).not.toBe(one);
});

test("another store's key database is refused, an empty one in the place of a full one, and that of the events", async () => {
  const others = await createTestDatabase();
  const own = await createTestKeyStore(others);
  const start = (url: string | undefined, database: TestDatabase, kek = store.kek) =>
    prepareKeys({ events: { url: database.url, schema: "tidemark" }, url, kek, mayMakeKek: false });
  try {
    await expect(start(own.url, events, own.kek)).rejects.toThrow(WrongKeyStore);
    await expect(start(own.url, events, own.kek)).rejects.toThrow(/sealed with [0-9a-f-]{36}\. Point it at that one/);
    await expect(start(undefined, events)).rejects.toThrow(/TIDEMARK_KEYS_URL is not set/);
    await expect(start(events.url, events)).rejects.toThrow(/names the database of the events/);
    await own.sql("drop schema tidemark_keys cascade");
    await expect(start(own.url, events)).rejects.toThrow(/The key database is empty/);
    expect(await own.sql("select to_regclass('tidemark_keys.key_store') as made")).toEqual([{ made: null }]);
    // A process that runs already notices, too.
    const foreign = openKeyStore({
      ...{ url: store.url, applicationName: "test-keys", kek: openKeks(store.kek) },
      expected: () => readStoreIdentity(others.pool),
    });
    await expect(foreign.keysToOpen([])).rejects.toThrow(WrongKeyStore);
    await foreign.close();
  } finally {
    await own.close();
    await others.close();
  }
});

test("the status tells what there is and under which key-encryption keys, and no person", async () => {
  const kek = { text: `${newKek()}\n${(store.kek as { text: string }).text}` };
  const [unused, used] = await openKeks(kek).given();
  const status = await store.another({ kek }).status();
  const [counts] = await store.sql(
    "select count(*) filter (where state = 'live')::int as live, count(*) filter (where state = 'destroyed')::int as destroyed from tidemark_keys.subject_keys",
  );
  expect(status).toEqual({
    identity: expect.stringMatching(/^[0-9a-f-]{36}$/),
    since: expect.any(String),
    live: { keys: counts?.live, more: false },
    destroyed: { keys: counts?.destroyed, more: false },
    keks: [
      { ...unused, given: true, newest: false, keys: 0, more: false, secret: false },
      { ...used, given: true, newest: true, keys: counts?.live, more: false, secret: true },
    ],
  });
});

test("a start that is repeated, or runs in several processes, changes nothing", async () => {
  const key = await keyOf(store.keys, "kim");
  const start = () =>
    prepareKeys({ events: { url: events.url, schema: "tidemark" }, url: store.url, kek: store.kek, mayMakeKek: true });
  await Promise.all([start(), start(), start()]);
  expect(bytes(await keyOf(store.another(), "kim"))).toBe(bytes(key));
});
