import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tellDue } from "@/lib/integrity/tell-witnesses";
import { folderWitness, type SignedCheckpoint, type Witness } from "@/lib/integrity/witness";
import { createMerkleStore, type MerkleStore } from "@/lib/testing/merkle-store";

let store: MerkleStore;
const root = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-witness-"));

beforeAll(async () => {
  store = await createMerkleStore();
});

afterAll(async () => {
  await store.close();
  fs.rmSync(root, { recursive: true });
});

let position = 0;
async function sign(): Promise<string> {
  await store.fill(position + 1, position + 3);
  position += 3;
  return store.sign();
}

const publish = (witnesses: readonly Witness[], owner = "w", everyMs = 0) =>
  tellDue({ pool: store.pool, owner, witnesses, everyMs });
const states = async () =>
  (await store.pool.query("select name, size::int, failures, error from checkpoint_witnesses order by name")).rows;
const againNow = () => store.pool.query("update checkpoint_witnesses set next_at = clock_timestamp()");

test("a folder gets each note as a file of its size and as the latest, whole, and nothing of a note that it has", async () => {
  const folder = path.join(root, "notes");
  const witness = folderWitness(folder);
  expect(await publish([witness])).toBe(0);
  const first = await sign();
  // A folder that is not there is no folder to be made: its disk may not be mounted.
  expect(await publish([witness])).toBe(0);
  expect(await states()).toEqual([{ name: `folder ${folder}`, size: null, failures: 1, error: "ENOENT" }]);
  fs.mkdirSync(folder);
  expect(await publish([witness])).toBe(0);
  await againNow();
  expect(await publish([witness])).toBe(1);
  expect(await publish([witness])).toBe(0);
  const second = await sign();
  expect(await publish([witness])).toBe(1);
  expect(fs.readdirSync(folder)).toEqual(["2", "4", "latest"]);
  const read = (name: string) => fs.readFileSync(path.join(folder, name), "utf8");
  expect([read("2"), read("4"), read("latest")]).toEqual([first, second, second]);
  expect(await states()).toEqual([{ name: `folder ${folder}`, size: 4, failures: 0, error: null }]);
});

test("a witness that fails is tried again ever more seldom and holds up no other; notes come at most so often", async () => {
  await store.pool.query("delete from checkpoint_witnesses");
  const got: number[] = [];
  const good: Witness = {
    name: "good",
    publish: async ({ size }) => {
      got.push(size);
      return null;
    },
  };
  const bad: Witness = { name: "bad", publish: async () => "the receiver answered 503" };
  expect(await publish([bad, good], "w", 60_000)).toBe(1);
  await sign();
  expect(await publish([bad, good], "w", 60_000)).toBe(0);
  for (let n = 0; n < 3; n++) {
    await store.pool.query("update checkpoint_witnesses set next_at = clock_timestamp() where name = 'bad'");
    await publish([bad, good], "w", 60_000);
  }
  expect(await states()).toEqual([
    { name: "bad", size: null, failures: 4, error: "the receiver answered 503" },
    { name: "good", size: 4, failures: 0, error: null },
  ]);
  const { rows } = await store.pool.query(
    "select extract(epoch from next_at - clock_timestamp())::int as s from checkpoint_witnesses where name = 'bad'",
  );
  expect(rows[0].s).toBeGreaterThan(5);
  expect(got).toEqual([4]);
});

test("one process at a time publishes to a witness, and what was published when it died is published again, the same", async () => {
  await store.pool.query("delete from checkpoint_witnesses");
  await store.owner.query(
    "update tidemark.duties set owner = null, lease_expires_at = null where name like 'witness %'",
  );
  const got: SignedCheckpoint[] = [];
  let dies = true;
  const witness: Witness = {
    name: "mortal",
    publish: async (checkpoint) => {
      got.push(checkpoint);
      if (dies) throw new Error("killed after it was sent");
      return null;
    },
  };
  await expect(publish([witness], "first")).rejects.toThrow("killed");
  expect(await publish([witness], "second")).toBe(0);
  expect(got).toHaveLength(1);
  await store.owner.query(
    "update tidemark.duties set lease_expires_at = clock_timestamp() where name like 'witness %'",
  );
  dies = false;
  expect(await publish([witness], "second")).toBe(1);
  expect(got[1]).toEqual(got[0]);
});
