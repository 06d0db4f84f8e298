import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { KeyStoreDown } from "@/lib/keys/errors";
import { FIRST_PLACE } from "@/lib/keys/key-rows";
import type { KeyStore } from "@/lib/keys/key-store";
import type { KekSource } from "@/lib/keys/open-keks";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { createTestKeyStore, newKek, type TestKeyStore } from "@/lib/testing/key-store";
import { type KmsStub, kmsArn, startKmsStub } from "@/lib/testing/kms-stub";

const arn = kmsArn("0f3b");
const inKms: KekSource = { kms: [arn] };
const people = Array.from({ length: 40 }, (_, n) => `person-${n}`);
let events: TestDatabase;
let store: TestKeyStore;
let kms: KmsStub;
beforeAll(async () => {
  kms = await startKmsStub([arn]);
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", kms.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  events = await createTestDatabase();
  store = await createTestKeyStore(events);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await store?.close();
  await events?.close();
  await kms?.close();
});

/** The ids and bytes of everybody's keys. */
async function keysOf(keys: KeyStore): Promise<readonly unknown[]> {
  const sealing = await keys.keysToSeal("t", people);
  const opened = await keys.keysToOpen([...sealing.values()].map(({ id }) => id));
  return people.map((person) => {
    const found = opened.get(sealing.get(person)?.id ?? "");
    return found?.state === "live" && [found.key.id, found.key.encryption.export().toString("hex")];
  });
}

/** Does what a rotation does, and starts with nothing but the new place. */
async function move(to: KekSource, from: KekSource): Promise<KeyStore> {
  const both = store.another({ kek: { ...to, older: [from] } });
  expect((await both.rewrap(FIRST_PLACE, 1_000)).keys).toBe(people.length);
  expect((await both.rewrap(FIRST_PLACE, 1_000)).keys).toBe(0);
  await prepareKeys({ events: { url: events.url, schema: "tidemark" }, url: store.url, kek: to, mayMakeKek: false });
  return store.another({ kek: to });
}

test("keys move from a line of text to AWS KMS and back, and are the same keys; then the place before is not needed", async () => {
  const keys = await keysOf(store.keys);
  const there = await move(inKms, store.kek);
  expect(await keysOf(there)).toEqual(keys);
  expect(await there.status()).toMatchObject({
    keks: [{ id: arn, keeper: "aws-kms", keys: people.length, newest: true }],
  });
  await expect(store.another().status()).rejects.toThrow(KeyStoreDown);

  const text: KekSource = { text: newKek() };
  const both = store.another({ kek: { ...text, older: [inKms, store.kek] } });
  expect((await both.status()).keks.map(({ keeper, keys }) => [keeper, keys])).toEqual([
    ["aws-kms", people.length],
    ["environment", 0],
    ["environment", 0],
  ]);
  const back = await move(text, inKms);
  kms.behave({ refusing: "DisabledException" });
  expect(await keysOf(back)).toEqual(keys);
  kms.behave("well");
});

test("while AWS KMS does not answer, the status says so, and nobody is taken for forgotten", async () => {
  const others = await createTestDatabase();
  const { another, close, ...own } = await createTestKeyStore(others, inKms);
  try {
    const key = (await own.keys.keysToSeal(null, ["ann"])).get("ann");
    kms.behave({ refusing: "KMSInvalidStateException" });
    await expect(own.keys.status()).rejects.toThrow(/AWS KMS, key .*0f3b: KMSInvalidStateException/);
    await expect(own.keys.keysToSeal(null, ["bob"])).rejects.toThrow(KeyStoreDown);
    await expect(another().keysToOpen([key?.id ?? ""])).rejects.toThrow(KeyStoreDown);
    expect(await own.sql("select count(*)::int as n from tidemark_keys.subject_keys")).toEqual([{ n: 1 }]);
  } finally {
    kms.behave("well");
    await close();
    await others.close();
  }
});
