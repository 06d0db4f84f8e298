import { afterAll, beforeAll, expect, test } from "vitest";
import { SubjectForgotten } from "@/lib/keys/errors";
import type { KeyStore, SubjectKey } from "@/lib/keys/key-store";
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

/** Asks for the key until it is remembered. */
function remembered(keys: KeyStore): Promise<SubjectKey> {
  return eventually(async () => {
    await keys.keysToSeal(null, ["lea"]);
    return keys.keyAtHand(null, "lea") ?? false;
  });
}

test("a key in use is read again ahead of its end, by nobody who waits, and not when it was destroyed", async () => {
  const brief = store.another({ cache: { maxAgeMs: 600, maxKeys: 100 } });
  let before = await remembered(brief);
  await eventually(async () => {
    const now = brief.keyAtHand(null, "lea");
    // A machine that was away for long enough: it is asked for, as somebody would.
    if (!now) before = await remembered(brief);
    return now !== undefined && now !== before;
  });
  expect(brief.keyAtHand("t", "lea")).toBeUndefined();
  await store.destroy(before.id);
  await eventually(async () => brief.keyAtHand(null, "lea") === undefined);
  await expect(brief.keysToSeal(null, ["lea"])).rejects.toThrow(SubjectForgotten);
  expect(brief.keyAtHand(null, "lea")).toBeUndefined();
});
