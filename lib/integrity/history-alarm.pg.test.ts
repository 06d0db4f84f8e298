import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { checkHistory } from "@/lib/integrity/check-history";
import { settleAlarms } from "@/lib/integrity/history-alarm";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { newSigningKey } from "@/lib/integrity/signing-key";
import { verifyLog } from "@/lib/integrity/verify-log";
import { createRun } from "@/lib/runs/create-run";
import { executeRuns } from "@/lib/runs/run-executor";
import { createLogger } from "@/lib/telemetry/logger";
import { eventually } from "@/lib/testing/eventually";
import { createMerkleStore, type MerkleStore } from "@/lib/testing/merkle-store";

let store: MerkleStore;
const log = createLogger("test", { level: "silent" });
const stopping = new AbortController();
let runs: Promise<unknown>;

beforeAll(async () => {
  store = await createMerkleStore();
  await store.fill(1, 900);
  await store.sign();
  await store.owner.query("alter table tidemark.events disable trigger all");
  runs = executeRuns({ pool: store.pool, kinds: [verifyLog], worker: "worker", signal: stopping.signal, log });
});

afterAll(async () => {
  stopping.abort();
  await runs;
  await store.close();
});

const open = async () =>
  (
    await store.pool.query(
      "select run, faults::int, first_position::int as first, last_position::int as last, what from history_alarms where settled_at is null order by id",
    )
  ).rows;

async function verified(): Promise<{ id: bigint; faults: number }> {
  const id = await inTransaction(store.pool, (client) =>
    createRun(client, verifyLog, { requestedBy: "tester", input: {} }),
  );
  const run = await eventually(
    async () => (await store.pool.query("select * from runs where id = $1 and state = 'succeeded'", [id])).rows[0],
    { what: "the end of the run" },
  );
  return { id, faults: JSON.parse(run.result).faults };
}

/** Lets the builder work with a data folder of its own until it has done what is waited for. */
async function built(held: string | null, until: () => Promise<unknown>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-alarm-"));
  const noteFile = path.join(folder, "checkpoint-note");
  if (held !== null) fs.writeFileSync(noteFile, held);
  const stop = new AbortController();
  const kept = keepMerkleLog({
    pool: store.pool,
    owner: "tester",
    key: { text: store.privateKey },
    noteFile,
    signal: stop.signal,
    log,
  });
  try {
    await eventually(until);
  } finally {
    stop.abort();
    await kept;
    fs.rmSync(folder, { recursive: true });
  }
}

test("a verification raises the alarm with what it found and where; only a later one that finds nothing, or an operator, ends it", async () => {
  const change = (grams: number) =>
    store.owner.query(
      "update tidemark.events set data = json_build_object('grams', $1::int) where position in (100, 200)",
      [grams],
    );
  const { rows } = await store.owner.query(
    "select position, data::text from tidemark.events where position in (100, 200)",
  );
  await change(0);
  const { id } = await verified();
  expect(await open()).toEqual([
    { run: id, faults: 2, first: 100, last: 200, what: expect.stringMatching(/^position 100 .*the event was changed/) },
  ]);
  const again = await verified();
  expect((await open()).map(({ run }) => run)).toEqual([id, again.id]);
  expect(await inTransaction(store.pool, (client) => settleAlarms(client, "ada", "known"))).toBe(2);
  expect(await open()).toEqual([]);
  const third = await verified();
  expect((await open()).map(({ run }) => run)).toEqual([third.id]);
  for (const { position, data } of rows) {
    await store.owner.query("update tidemark.events set data = $2::json where position = $1", [position, data]);
  }
  expect((await verified()).faults).toBe(0);
  expect(await open()).toEqual([]);
  const settled = await store.pool.query("select settled_by from history_alarms order by id");
  expect(settled.rows.map(({ settled_by }) => settled_by)).toEqual([
    "ada",
    "ada",
    expect.stringMatching(/^verification R-/),
  ]);
});

test("the builder sees by itself that a new event was changed or that the log was cut off, says it once, and signs nothing", async () => {
  await store.owner.query("delete from tidemark.events where position = 899");
  await expect(checkHistory(store.pool, "tester", null)).rejects.toMatchObject({
    code: "conflict",
    faults: [{ what: expect.stringMatching(/^position 899 .* was removed$/), from: 899n }],
  });
  await expect(checkHistory(store.pool, "somebody else", null)).resolves.toBeUndefined();
  await store.fill(901, 930);
  const notes = async () => (await store.pool.query("select count(*)::int as n from checkpoint_notes")).rows[0].n;
  const before = await notes();
  await built(null, async () => (await open()).length > 0);
  expect(await open()).toMatchObject([{ run: null, faults: 1, first: 899, last: 899 }]);
  expect(await notes()).toBe(before);
  await inTransaction(store.pool, (client) => settleAlarms(client, "ada", "known"));
});

test("a log that was taken back is told of by the note that a worker holds, and a verification compares that note, too", async () => {
  await store.sign();
  const root = Buffer.alloc(32, 7).toString("base64");
  const held = store.key.sign(`example.com/log\n100000\n${root}\n`);
  await built(held, async () => (await open()).some(({ what }) => /taken back/.test(what)));
  const [alarm] = await open();
  expect(alarm).toMatchObject({ run: null, first: null, what: expect.stringContaining("100000 were signed") });
  // The event that is missing since before is one fault, the held note another.
  expect((await verified()).faults).toBe(2);
  const [, found] = await open();
  expect(found.what).toMatch(/^position 899/);
});

test("a worker with another key than the log's raises no alarm of its own", async () => {
  await inTransaction(store.pool, (client) => settleAlarms(client, "ada", "known"));
  const noteFile = path.join(os.tmpdir(), "tidemark-none", "checkpoint-note");
  const stop = new AbortController();
  const warned: unknown[] = [];
  const kept = keepMerkleLog({
    ...{ pool: store.pool, owner: "stranger", key: { text: newSigningKey("example.com/log") }, noteFile },
    ...{
      signal: stop.signal,
      log: Object.assign(createLogger("test", { level: "silent" }), { warn: (at: unknown) => warned.push(at) }),
    },
  });
  await eventually(async () => warned.length > 0);
  stop.abort();
  await kept;
  expect(await open()).toEqual([]);
});
