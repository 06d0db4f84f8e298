import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { beginKey, readKeys, registerKey, type SigningNow } from "@/lib/integrity/log-keys";
import { KeySucceeded, signCheckpoint } from "@/lib/integrity/sign-checkpoint";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { verifyLeaves } from "@/lib/integrity/verify-leaves";
import { compareNotes } from "@/lib/integrity/verify-notes";
import { isSignedBy, parseNote, parseVerifier } from "@/lib/kernel/checkpoint-note";
import { noLeaves } from "@/lib/kernel/growing-root";
import { createLogger } from "@/lib/telemetry/logger";
import { eventually } from "@/lib/testing/eventually";
import { createMerkleStore, type MerkleStore } from "@/lib/testing/merkle-store";

let store: MerkleStore;
const nextText = newSigningKey("example.com/log");
const next = readSigningKey(nextText);
let as: SigningNow;

beforeAll(async () => {
  store = await createMerkleStore();
  await store.fill(1, 300);
  await store.sign();
});

afterAll(() => store.close());

const begin = (key: string) => inTransaction(store.pool, (client) => beginKey(client, key));
const notes = async (): Promise<{ size: number; note: string; key: number }[]> =>
  (await store.pool.query("select size::int, note, key from checkpoint_notes order by size")).rows;

async function faults(held: readonly string[] = []): Promise<string[]> {
  return inTransaction(store.pool, async (client) => {
    const check = await compareNotes(client, held);
    const step = await verifyLeaves(client, { tile: 0, position: 0n, tree: noLeaves }, check);
    return (step?.faults ?? []).map(({ what }) => what);
  });
}

test("a worker with another key signs nothing, and its key is offered", async () => {
  expect(await registerKey(store.pool, next, "w-2")).toEqual({ signs: store.key.verifier });
  const { rows } = await store.pool.query("select verifier, worker from signing_key_offers");
  expect(rows).toEqual([{ verifier: next.verifier, worker: "w-2" }]);
});

test("what is no key, one of another name, and one that signs or signed are refused", async () => {
  await expect(begin("nonsense")).rejects.toMatchObject({ code: "invalid-request" });
  await expect(begin(readSigningKey(newSigningKey("example.com/other")).verifier)).rejects.toThrow("of the name");
  await expect(begin(store.key.verifier)).rejects.toThrow("signs already");
});

test("the old key signs nothing once the new one has begun: the transaction that was open ends before it or is refused", async () => {
  // The signer of the old key stands between its look and its note while the act waits for the row that it holds.
  const signing = await store.pool.connect();
  await signing.query("begin");
  await signing.query("select from duties where name = 'merkle-log' for no key update");
  const begun = begin(next.verifier);
  await eventually(async () => {
    const { rowCount } = await store.owner.query("select from pg_stat_activity where wait_event_type = 'Lock'");
    return (rowCount ?? 0) > 0;
  });
  await signing.query(
    "insert into checkpoint_notes (size, position, root, note, key) values (201, 301, sha256('x'), 'the last of the old', 1)",
  );
  await signing.query("rollback");
  signing.release();
  expect(await begun).toEqual({ key: next.verifier, replaces: store.key.verifier, fromSize: 200 });

  await store.fill(301, 330);
  await store.grow();
  const old = { owner: "tester", key: store.key, as: store.as, everyMs: 0 };
  await expect(signCheckpoint(store.pool, old)).rejects.toBeInstanceOf(KeySucceeded);
  // Past this code, too.
  await expect(
    store.pool.query(
      "insert into checkpoint_notes (size, position, root, note, key) values (210, 314, sha256('x'), 'n', 1)",
    ),
  ).rejects.toMatchObject({ code: "TM006" });
  expect(await notes()).toHaveLength(1);
  expect(await registerKey(store.pool, store.key, "w-1")).toEqual({ signs: next.verifier });
  expect((await store.pool.query("select from signing_key_offers")).rowCount).toBe(0);
});

test("the first note of the new key says from which size it signs, and both keys verify theirs and no other", async () => {
  const registered = await registerKey(store.pool, next, "w-2");
  if (!("origin" in registered)) throw new Error("the new key does not sign");
  as = registered;
  expect(as).toEqual({ id: 2, origin: "example.com/log", fromSize: 200, replaces: store.key.verifier });
  const first = await signCheckpoint(store.pool, { owner: "tester", key: next, as, everyMs: 0 });
  expect(first).toContain(`\nsigning-key-since 200 replaces ${store.key.verifier}\n\n`);
  await store.fill(331, 360);
  await store.grow();
  const second = await signCheckpoint(store.pool, { owner: "tester", key: next, as, everyMs: 0 });
  expect(second).not.toContain("signing-key-since");
  const [of, from] = [await parseVerifier(store.key.verifier), await parseVerifier(next.verifier)];
  const [one, ...others] = await notes();
  expect(await isSignedBy(parseNote(one?.note ?? ""), of)).toBe(true);
  for (const { note } of others) expect(await isSignedBy(parseNote(note), from)).toBe(true);
  expect(await faults([one?.note ?? "", first ?? ""])).toEqual([]);
  const keyOf = await inTransaction(store.pool, readKeys);
  expect([keyOf(200)?.keyId, keyOf(201)?.keyId]).toEqual([of.keyId, from.keyId]);
  // Whoever stole the key of before cannot speak for sizes that were signed later.
  const text = `${(second ?? "").split("\n\n")[0]}\n`;
  expect(await faults([store.key.sign(text)])).toEqual([
    expect.stringMatching(/is not signed by the key that signed this log then$/),
  ]);
});

test("a worker that runs gives up when its key is replaced, and goes on when it is given the new one", async () => {
  const third = newSigningKey("example.com/log");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-succession-"));
  const file = path.join(folder, "signing-key");
  fs.writeFileSync(file, nextText);
  const stop = new AbortController();
  const kept = keepMerkleLog({
    ...{ pool: store.pool, owner: "tester", key: { file }, noteFile: path.join(folder, "checkpoint-note") },
    ...{ signal: stop.signal, log: createLogger("test", { level: "silent" }) },
  });
  const signedBy = async () => (await notes()).at(-1)?.key;
  const size = async () => (await notes()).at(-1)?.size;
  try {
    await store.fill(361, 390);
    await eventually(async () => (await size()) === 260 && (await signedBy()) === 2);
    fs.writeFileSync(file, third);
    await begin(readSigningKey(third).verifier);
    await store.fill(391, 420);
    await eventually(async () => (await size()) === 280 && (await signedBy()) === 3);
  } finally {
    stop.abort();
    await kept;
    fs.rmSync(folder, { recursive: true });
  }
  expect(await faults()).toEqual([]);
});
