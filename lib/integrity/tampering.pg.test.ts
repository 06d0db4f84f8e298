import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { verifyLeaves } from "@/lib/integrity/verify-leaves";
import { verifyLog } from "@/lib/integrity/verify-log";
import { compareNotes } from "@/lib/integrity/verify-notes";
import { noLeaves } from "@/lib/kernel/growing-root";
import { createRun } from "@/lib/runs/create-run";
import { executeRuns } from "@/lib/runs/run-executor";
import { createLogger } from "@/lib/telemetry/logger";
import { eventually } from "@/lib/testing/eventually";
import { createMerkleStore, type MerkleStore } from "@/lib/testing/merkle-store";

let store: MerkleStore;
const held: string[] = [];

// 2,800 events: eleven tiles of which the last still grows, and a checkpoint of each of these sizes.
const SIZES = [200, 512, 2_000, 2_800];

beforeAll(async () => {
  store = await createMerkleStore();
  let from = 1;
  for (const size of SIZES) {
    const to = (size * 3) / 2;
    await store.fill(from, to);
    held.push(await store.sign());
    from = to + 1;
  }
});

afterAll(() => store.close());

/** What is found after the owner of the database, whom no trigger holds, did something; then all is as before. */
async function found(notes: readonly string[], ...acts: readonly string[]): Promise<string[]> {
  const client = await store.owner.connect();
  try {
    await client.query("begin");
    await client.query("set local session_replication_role = replica");
    await client.query("set local search_path = tidemark");
    for (const act of acts) await client.query(act);
    return await verify(client, notes);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

async function verify(client: pg.PoolClient, notes: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  const check = await compareNotes(client, notes);
  let before = { tile: 0, position: 0n, tree: noLeaves };
  for (;;) {
    const step = await verifyLeaves(client, before, check);
    if (step === undefined) break;
    faults.push(...step.faults.map(({ what }) => what));
    before = step.after;
  }
  return [...faults, ...(await check.rest(client, before.tree.size)).map(({ what }) => what)];
}

const releaf = (where: string) =>
  `update events set leaf = leaf_hash(position, event_id, stream, version, type, schema_version,
     (extract(epoch from recorded_at) * 1000000)::bigint, (extract(epoch from occurred_at) * 1000000)::bigint,
     correlation_id, causation_id, actor, tenant, data::text, metadata::text) where ${where}`;

test("an untouched log agrees with every checkpoint, kept or held", async () => {
  expect(await found(held)).toEqual([]);
});

test("an event that was edited anywhere is named, whether its leaf was made to fit or not", async () => {
  // One event each, in full tiles and in the one that still grows.
  const edits: readonly (readonly [position: number, change: string])[] = [
    [1, "data = '{\"grams\": 0}'"],
    [100, "data = (data::text || ' ')::json"],
    [101, "stream = 'parcel-0x'"],
    [1_000, "type = 'ParcelLost'"],
    [2_000, "actor = null"],
    [2_500, "tenant = 'another'"],
    [3_001, "occurred_at = occurred_at + interval '1 microsecond'"],
    [3_002, "recorded_at = recorded_at - interval '1 microsecond'"],
    [3_004, "event_id = gen_random_uuid()"],
    [3_005, "schema_version = 2"],
    [4_180, "correlation_id = 'c-2'"],
    [4_181, "causation_id = 'c-2'"],
    [4_199, "metadata = '{}'"],
  ];
  const acts = edits.map(([position, change]) => `update events set ${change} where position = ${position}`);
  const named = edits.map(([position]) =>
    expect.stringMatching(new RegExp(`^position ${position} .*: the event was changed; its`)),
  );
  expect(await found([], ...acts)).toEqual(named);
  expect(await found([], ...acts, releaf(`position in (${edits.map(([position]) => position)})`))).toEqual(named);
});

test("events that were removed are named, one or a stretch, also at the end", async () => {
  expect(await found([], "delete from events where position = 100")).toEqual([
    "position 100 (leaf 66): the event was removed",
  ]);
  expect(await found([], "delete from events where position between 370 and 400 or position = 2000")).toEqual([
    "positions 370 to 400 (leaves 246 to 266): 21 events were removed",
    "position 2000 (leaf 1333): the event was removed",
  ]);
  expect(await found([], "delete from events where position > 4190")).toEqual([
    "positions 4192 to 4199 (leaves 2794 to 2799): 6 events were removed",
  ]);
});

test("an event that was inserted at a burnt position is named", async () => {
  const copy = (position: number) =>
    `insert into events select (jsonb_populate_record(e, jsonb_build_object('position', ${position}, 'version', 900000 + ${position},
       'event_id', gen_random_uuid()))).* from events e where position = 100`;
  expect(await found([], copy(99), copy(3), releaf("position in (3, 99)"))).toEqual([
    "position 3: an event was inserted; the Merkle log knows of none there",
    "position 99: an event was inserted; the Merkle log knows of none there",
  ]);
});

test("events that changed places are both named, with where each comes from", async () => {
  const swapped = await found(
    [],
    "update events set position = -1 where position = 100",
    "update events set position = 100 where position = 101",
    "update events set position = 101 where position = -1",
  );
  expect(swapped).toEqual([
    expect.stringMatching(
      /^position 100 \(leaf 66\): another event stands here, the one that was recorded at position 101; /,
    ),
    expect.stringMatching(
      /^position 101 \(leaf 67\): another event stands here, the one that was recorded at position 100; /,
    ),
  ]);
});

test("a leaf hash that was changed without its event is named", async () => {
  expect(await found([], "update events set leaf = sha256('x') where position = 100")).toEqual([
    "position 100: the leaf hash of the event was changed, its bytes were not",
  ]);
});

test("a Merkle log that was made to fit a changed event contradicts every checkpoint from there on", async () => {
  const forge = [
    "update events set data = '{\"grams\": 1}' where position = 2000",
    releaf("position = 2000"),
    `update merkle_tiles t set hashes = (select string_agg(leaf, '' order by position) from events e
       where e.position between t.first_position and t.last_position) where level = 0 and 2000 between first_position and last_position`,
  ];
  const [root, kept, ...more] = await found([], ...forge);
  expect(root).toBe("tile 5 of the Merkle log was changed: its root is not that of its hashes");
  expect(kept).toMatch(
    /^the kept checkpoint of 2000 leaves does not agree with the Merkle log: .* from leaf 512 \(after position 767\) to leaf 1999 \(position 2999\)$/,
  );
  expect(more).toEqual([]);
  // With the kept notes gone, too, those that were held outside speak.
  const [, ...contradicted] = await found(held, ...forge, "delete from checkpoint_notes");
  expect(contradicted).toEqual([
    expect.stringMatching(/^the checkpoint that was held of 2000 leaves does not agree .* from leaf 512 /),
    expect.stringMatching(/^the checkpoint that was held of 2800 leaves does not agree .* from leaf 512 /),
  ]);
});

test("a log that was cut off or taken back whole, with its Merkle log, is caught by a checkpoint that was held", async () => {
  const back = [
    "delete from events where position > 3000",
    "delete from checkpoint_notes where size > 2000",
    "delete from merkle_tiles where first_position > 3000 or root is null",
    `update merkle_tiles t set width = 208, root = null, last_position = 2999, hashes = substring(hashes from 1 for 208 * 32),
       positions = positions[1:208] where level = 0 and index = 7`,
  ];
  expect(await found([], ...back)).toEqual([]);
  expect(await found(held, ...back)).toEqual([
    "the checkpoint that was held of 2800 leaves: the Merkle log ends after 2000 leaves; it was cut off or taken back to an earlier state",
  ]);
});

test("a log that grew and was signed while it was verified is no log that was cut off", async () => {
  await inTransaction(store.pool, async (client) => {
    const check = await compareNotes(client, []);
    // Verified up to a size from which the log has gone on since.
    expect(await check.rest(client, 2_000)).toEqual([]);
    expect(await check.rest(client, 2_800)).toEqual([]);
  });
  // The last tile was looked at while it grew; before the next step it is full, and others have come.
  const growing = await createMerkleStore();
  try {
    await growing.fill(1, 450);
    await growing.sign();
    await inTransaction(growing.pool, async (client) => {
      const check = await compareNotes(client, []);
      const first = await verifyLeaves(client, { tile: 0, position: 0n, tree: noLeaves }, check);
      expect([first?.faults, first?.after.tree.size]).toEqual([[], 300]);
      await growing.fill(451, 1_500);
      await growing.sign();
      expect(
        await verifyLeaves(client, first?.after ?? { tile: 0, position: 0n, tree: noLeaves }, check),
      ).toBeUndefined();
      expect(await check.rest(client, 300)).toEqual([]);
    });
  } finally {
    await growing.close();
  }
});

test("tiles that are missing, and notes that were not signed by the log, are named", async () => {
  expect((await found([], "delete from merkle_tiles where index = 3"))[0]).toBe(
    "tiles 3 to 3 of the Merkle log are missing",
  );
  const forged = readSigningKey(newSigningKey("example.com/log")).sign(`${held[1]?.split("\n\n")[0]}\n`);
  expect(await found([forged])).toEqual([
    "the checkpoint that was held of 512 leaves is not signed by the key that signed this log then",
  ]);
  expect(await found([], "update checkpoint_notes set root = sha256('x') where size = 512")).toEqual([
    "the kept checkpoint of 512 leaves is not signed by the key that signed this log then",
    expect.stringMatching(/^the kept checkpoint of 512 leaves does not agree/),
  ]);
});

test("a run says the same, in its log and its result", async () => {
  await store.owner.query("alter table tidemark.events disable trigger all");
  await store.owner.query("delete from tidemark.events where position = 100");
  const stopping = new AbortController();
  const ended = executeRuns({
    ...{ pool: store.pool, kinds: [verifyLog], worker: "worker", signal: stopping.signal },
    log: createLogger("test", { level: "silent" }),
  });
  try {
    const id = await inTransaction(store.pool, (client) =>
      createRun(client, verifyLog, { requestedBy: "tester", input: { notes: held } }),
    );
    const run = await eventually(
      async () => (await store.pool.query("select * from runs where id = $1 and state = 'succeeded'", [id])).rows[0],
      { what: "the end of the run" },
    );
    expect(JSON.parse(run.result)).toEqual({ streams: 0, events: 0, leaves: 2_800, agreed: 2_800, faults: 1 });
    const { rows } = await store.pool.query("select message from run_log where run = $1 and level = 'error'", [id]);
    expect(rows).toEqual([{ message: "position 100 (leaf 66): the event was removed" }]);
  } finally {
    stopping.abort();
    await ended;
  }
});
