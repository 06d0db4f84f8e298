import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { FIRST_PLACE } from "@/lib/keys/key-rows";
import type { KeyStore } from "@/lib/keys/key-store";
import { openKeks } from "@/lib/keys/open-keks";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { rotateKeys } from "@/lib/keys/rotate-keys";
import { createRun } from "@/lib/runs/create-run";
import { executeRuns } from "@/lib/runs/run-executor";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createTestKeyStore, newKek, type TestKeyStore } from "@/lib/testing/key-store";

let events: TestDatabase;
let store: TestKeyStore;
/** All key-encryption keys there were. */
let given: { readonly text: string };
beforeAll(async () => {
  events = await createTestDatabase();
  store = await createTestKeyStore(events);
});
afterAll(async () => {
  await store?.close();
  await events?.close();
});

const people = Array.from({ length: 450 }, (_, n) => `person-${n}`);
const ids = (keys: KeyStore, subjects: readonly string[]) =>
  keys.keysToSeal(null, subjects).then((found) => subjects.map((subject) => found.get(subject)?.id ?? ""));
const counted = async () =>
  (
    await store.sql("select kek, count(*)::int as n from tidemark_keys.subject_keys where state = 'live' group by kek")
  ).map(({ kek, n }) => [kek, n]);

/** Lets a worker carry rotations out until the run has ended, and returns it. */
async function rotated(keys: KeyStore): Promise<Record<string, unknown>> {
  const kind = rotateKeys(keys);
  const id = await inTransaction(events.pool, (client) =>
    createRun(client, kind, { claim: "rotate-keys", input: {}, requestedBy: "test" }),
  );
  const stop = new AbortController();
  const log = createLogger("test", { level: "fatal" });
  const worker = executeRuns({ pool: events.pool, kinds: [kind], worker: "test", signal: stop.signal, log });
  try {
    return await eventually(async () => {
      const { rows } = await events.pool.query("select state, result::text, problems from runs where id = $1", [id]);
      return rows[0]?.state !== "waiting" && rows[0]?.state !== "running" && rows[0];
    });
  } finally {
    stop.abort();
    await worker;
  }
}

test("a rotation puts every live key under the newest key-encryption key; then the older ones are not needed, and the keys are the same", async () => {
  const old = (store.kek as { text: string }).text;
  const before = await store.keys.keysToSeal(null, people);
  const [destroyed = "", damaged = ""] = await ids(store.keys, people);
  await store.destroy(destroyed);
  await store.sql(
    "update tidemark_keys.subject_keys set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) where id = $1",
    [damaged],
  );
  const both = { text: `${old}\n${newKek()}` };
  given = both;
  const [oldId, newId] = (await openKeks(both).given()).map(({ id }) => id);

  const run = await rotated(store.another({ kek: both }));
  expect(run).toMatchObject({ state: "succeeded" });
  expect(JSON.parse(String(run.result))).toEqual({ keys: people.length - 2, damaged: 1, kek: newId });
  // The one that does not open stays where it was, and is named.
  expect(new Map((await counted()).map(([kek, n]) => [kek, n]))).toEqual(
    new Map([
      [newId, people.length - 2],
      [oldId, 1],
    ]),
  );
  const { rows: lines } = await events.pool.query("select message from run_log where level = 'error'");
  expect(lines).toEqual([{ message: expect.stringContaining(damaged) }]);

  // Without the older one everything else opens, the digests of people with it, and a start is not refused.
  const alone = { text: both.text.split("\n")[1] ?? "" };
  const after = store.another({ kek: alone });
  const sealing = people.slice(2);
  expect(await ids(after, sealing)).toEqual(sealing.map((person) => before.get(person)?.id));
  const opened = await after.keysToOpen(sealing.map((person) => before.get(person)?.id ?? ""));
  for (const person of sealing) {
    const key = before.get(person);
    const found = opened.get(key?.id ?? "");
    expect(found?.state === "live" && key && found.key.encryption.equals(key.encryption), person).toBe(true);
  }
  await prepareKeys({ events: { url: events.url, schema: "tidemark" }, url: store.url, kek: alone, mayMakeKek: false });
});

test("steps that are done twice, at once and while a key is destroyed lose no key and bring none back", async () => {
  const next = { text: `${given.text}\n${newKek()}` };
  const [one, other] = [store.another({ kek: next }), store.another({ kek: next })];
  const sealing = people.slice(2);
  const keys = await ids(one, sealing);
  const gone = keys.slice(0, 5);
  await Promise.all([
    one.rewrap(FIRST_PLACE, 1_000),
    other.rewrap(FIRST_PLACE, 1_000),
    ...gone.map((id) => store.destroy(id)),
    one.rewrap(FIRST_PLACE, 1_000),
  ]);
  expect((await other.rewrap(FIRST_PLACE, 1_000)).keys).toBe(1);
  const opened = await store.another({ kek: next }).keysToOpen(keys);
  expect(keys.map((id) => opened.get(id)?.state)).toEqual(keys.map((_, n) => (n < gone.length ? "destroyed" : "live")));
});
