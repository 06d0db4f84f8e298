import { afterAll, beforeAll, expect, test } from "vitest";
import { growLog } from "@/lib/integrity/grow-log";
import { registerKey } from "@/lib/integrity/log-keys";
import { proveConsistency, proveInclusion } from "@/lib/integrity/prove";
import { readRoot } from "@/lib/integrity/read-roots";
import { signCheckpoint } from "@/lib/integrity/sign-checkpoint";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { isSignedBy, parseCheckpointText, parseNote, parseVerifier } from "@/lib/kernel/checkpoint-note";
import { armFailpoint } from "@/lib/kernel/failpoint";
import { isConsistent, rootOfInclusion } from "@/lib/kernel/merkle-proof";
import { completeRoot, joinSubtrees, nodeHash, subtreesOf } from "@/lib/kernel/merkle-tree";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import { createMerkleStore, type MerkleStore } from "@/lib/testing/merkle-store";

let store: MerkleStore;

beforeAll(async () => {
  store = await createMerkleStore();
});

afterAll(async () => {
  armFailpoint(undefined);
  await store.close();
});

/** The root over the leaves of the first events, without any tile. */
async function plainRoot(size: number): Promise<string> {
  const { rows } = await store.pool.query<{ hashes: Buffer }>(
    "select string_agg(leaf, '' order by position) as hashes from (select position, leaf from events order by position limit $1) e",
    [size],
  );
  const hashes = rows[0]?.hashes ?? Buffer.alloc(0);
  const nodes = subtreesOf({ start: 0, end: size }).map(({ height, index }) =>
    completeRoot(hashes.subarray(index * 2 ** height * 32, (index + 1) * 2 ** height * 32)),
  );
  return Buffer.from(joinSubtrees(nodes)).toString("hex");
}

const rootHex = async (size: number) => Buffer.from(await readRoot(store.reads, size)).toString("hex");
const sizeNow = async () => {
  const { rows } = await store.pool.query(
    "select (index * 256 + width)::int as size from merkle_tiles where level = 0 order by index desc limit 1",
  );
  return rows[0]?.size ?? 0;
};

test("the Merkle log has each event below the mark once, in the order of positions, whatever gaps there are", async () => {
  expect(await store.grow()).toEqual({ events: 0, more: false });
  let events = 0;
  for (const [from, to] of [
    [1, 2],
    [3, 3],
    [4, 380],
    [381, 2_000],
  ] as const) {
    events += await store.fill(from, to);
    // Above the mark nothing is taken in.
    await store.owner.query("update tidemark.high_water set position = $1", [to - 1]);
    await store.grow(2);
    await store.owner.query("update tidemark.high_water set position = $1", [to]);
    while ((await store.grow(2)).more);
    expect([await sizeNow(), await rootHex(events)]).toEqual([events, await plainRoot(events)]);
  }
  for (const size of [1, 2, 255, 256, 257, 512, 700]) expect(await rootHex(size)).toBe(await plainRoot(size));
});

test("a step that dies anywhere leaves nothing behind, and is done again as if it had not begun", async () => {
  const before = await sizeNow();
  const events = before + (await store.fill(2_001, 3_000));
  for (const label of ["merkle.after-read", "merkle.before-commit"] as const) {
    armFailpoint({ label, nth: 1, action: "throw" });
    await expect(store.grow()).rejects.toThrow(label);
    expect(await sizeNow()).toBe(before);
  }
  armFailpoint({ label: "merkle.before-sign", nth: 1, action: "throw" });
  await expect(store.sign()).rejects.toThrow("merkle.before-sign");
  expect((await store.pool.query("select from checkpoint_notes")).rowCount).toBe(0);
  armFailpoint(undefined);
  const { origin, size, root } = parseCheckpointText(parseNote(await store.sign()).text);
  expect([origin, size, Buffer.from(root).toString("hex")]).toEqual([
    "example.com/log",
    events,
    await plainRoot(events),
  ]);
});

test("who does not have the duty neither builds nor signs, and whoever has lost it commits nothing", async () => {
  await store.fill(3_001, 3_010);
  const before = await sizeNow();
  expect(await growLog(store.pool, "somebody else")).toEqual({ events: 0, more: false });
  const settings = { key: store.key, as: store.as, everyMs: 0 };
  expect(await signCheckpoint(store.pool, { ...settings, owner: "somebody else" })).toBeNull();
  await store.owner.query("update tidemark.duties set lease_expires_at = clock_timestamp() where name = 'merkle-log'");
  expect(await holdDuty(store.pool, "merkle-log", "successor", 60_000)).toBe(true);
  expect(await store.grow()).toEqual({ events: 0, more: false });
  expect(await sizeNow()).toBe(before);
  expect((await growLog(store.pool, "successor")).events).toBeGreaterThan(0);
  await store.owner.query("update tidemark.duties set owner = 'tester' where name = 'merkle-log'");
});

test("notes come at most so often, only when the log has grown, and their key signs alone", async () => {
  const settings = { owner: "tester", key: store.key, as: store.as };
  await store.sign();
  expect(await signCheckpoint(store.pool, { ...settings, everyMs: 0 })).toBeNull();
  await store.fill(3_011, 3_020);
  await store.grow();
  expect(await signCheckpoint(store.pool, { ...settings, everyMs: 60_000 })).toBeNull();
  const note = await signCheckpoint(store.pool, { ...settings, everyMs: 0 });
  const { rows } = await store.pool.query("select note from checkpoint_notes order by size desc limit 1");
  expect(rows[0].note).toBe(note);
  expect(await isSignedBy(parseNote(rows[0].note), await parseVerifier(store.key.verifier))).toBe(true);
  const other = readSigningKey(newSigningKey("example.com/log"));
  expect(await registerKey(store.pool, other, "stranger")).toEqual({ signs: store.key.verifier });
});

test("the application can neither change nor take back what was signed or built", async () => {
  for (const sql of [
    "update checkpoint_notes set note = 'x'",
    "truncate checkpoint_notes",
    "delete from merkle_tiles",
    "update signing_keys set verifier = 'x'",
  ]) {
    await expect(store.pool.query(sql), sql).rejects.toMatchObject({ code: "42501" });
  }
  for (const sql of [
    "delete from checkpoint_notes",
    "update merkle_tiles set hashes = hashes where level = 0",
    "update merkle_tiles set width = width + 1, hashes = '\\x00' || substring(hashes from 2) || hashes where width < 256",
  ]) {
    await expect(store.pool.query(sql), sql).rejects.toMatchObject({ code: "TM003" });
  }
});

test("above 65,536 events a level is added; proofs of any of them, in any tree, stay a few rows and verify", async () => {
  await store.fill(3_021, 100_000);
  while ((await store.grow()).more);
  const size = await sizeNow();
  expect(size).toBeGreaterThan(65_536);
  const { rows } = await store.pool.query(
    "select level, count(*)::int as tiles from merkle_tiles group by 1 order by 1",
  );
  expect(rows).toEqual([
    { level: 0, tiles: Math.ceil(size / 256) },
    { level: 1, tiles: 1 },
  ]);
  const root = await readRoot(store.reads, size);
  expect(Buffer.from(root).toString("hex")).toBe(await plainRoot(size));
  for (const index of [0, 1, 255, 256, 65_535, 65_536, size - 1]) {
    const { rows } = await store.pool.query("select position, leaf from events order by position offset $1 limit 1", [
      index,
    ]);
    const proof = await proveInclusion(store.reads, rows[0].position, size);
    expect(proof).toMatchObject({ index, size, leaf: rows[0].leaf });
    expect(Buffer.from((await rootOfInclusion(proof)) ?? [])).toEqual(Buffer.from(root));
  }
  for (const from of [1, 256, 65_535, 65_536, 65_537, size]) {
    const { path } = await proveConsistency(store.reads, from, size);
    expect(
      await isConsistent({ from, to: size, fromRoot: await readRoot(store.reads, from), toRoot: root, path }),
    ).toBe(true);
  }
  expect(nodeHash(root, root)).toHaveLength(32);
  await expect(proveInclusion(store.reads, 3n, size)).rejects.toMatchObject({ code: "not-found" });
  await expect(proveInclusion(store.reads, 1_000_000n, size)).rejects.toMatchObject({ code: "not-yet" });
  await expect(proveInclusion(store.reads, 100n, 10)).rejects.toMatchObject({ code: "invalid-request" });
  await expect(proveConsistency(store.reads, 5, size + 1)).rejects.toMatchObject({ code: "invalid-request" });
});

test("nothing is signed any more once the tree does not begin with what was signed, kept or held", async () => {
  await store.sign();
  await store.fill(100_001, 100_003);
  await store.grow();
  const size = await sizeNow();
  const root = Buffer.from(await readRoot(store.reads, size)).toString("base64");
  const settings = { owner: "tester", key: store.key, as: store.as, everyMs: 0 };
  // As if the database had been taken back to an earlier state: what was signed later is only held outside.
  for (const [held, why] of [
    [`example.com/log\n${size + 5}\n${root}\n`, "it was taken back to an earlier state"],
    [`example.com/log\n${size - 1}\n${root}\n`, "no longer begins with"],
  ] as const) {
    await expect(signCheckpoint(store.pool, { ...settings, held: store.key.sign(held) })).rejects.toThrow(why);
  }
  await store.owner.query("alter table tidemark.merkle_tiles disable trigger all");
  await store.owner.query(
    "update tidemark.merkle_tiles set hashes = '\\x00'::bytea || substring(hashes from 2) where root is null",
  );
  await expect(store.sign()).rejects.toThrow("no longer begins with");
});
