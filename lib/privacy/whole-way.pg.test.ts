import { afterAll, beforeAll, expect, test } from "vitest";
import { createCommands } from "@/lib/commands/handle";
import { FORGOTTEN } from "@/lib/define";
import type { Append } from "@/lib/event-store/recorded-event";
import { createEventStore } from "@/lib/event-store/store";
import { importBatch } from "@/lib/import/import-batch";
import { newId } from "@/lib/kernel/ids";
import { KeyStoreDown } from "@/lib/keys/errors";
import { createSealing } from "@/lib/privacy/sealing";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { memberCatalog, poisonHost } from "@/lib/testing/member-domain";
import { createMemoryKeys } from "@/lib/testing/memory-keys";
import { stateAt } from "@/lib/time-travel/state-at";

let database: TestDatabase;
const keys = createMemoryKeys();
const catalog = memberCatalog(keys);
const sealing = createSealing(keys, catalog.personalPaths);
const stopping = new AbortController();
let working: Promise<unknown>;

beforeAll(async () => {
  database = await createTestDatabase({ max: 16 });
  const { pool, url } = database;
  await registerProjections(pool, catalog.projections, catalog);
  const consumers = projectionConsumers(catalog.projections, catalog);
  const log = createLogger("test", { level: "fatal" });
  const { signal } = stopping;
  working = runWorker({ url, pool, consumers, workerId: "w", signal, log });
});
afterAll(async () => {
  stopping.abort();
  await working;
  await database.close();
});

/** A store and its commands that remember nothing of earlier ones, as after a restart. */
function restarted() {
  const store = createEventStore({ pool: database.pool, sealing });
  return { store, commands: createCommands({ store, catalog }) };
}

const joined = (member: string, email: string) => ({
  type: "Joined",
  schemaVersion: 2,
  data: JSON.stringify({ memberId: member, email, invitedBy: { id: `${member}-host`, name: `Host of ${email}` } }),
});

function appendOf(member: string, email: string, more: Partial<Append> = {}): Append {
  return { writes: [{ stream: `member-${member}`, expectedVersion: "any", events: [joined(member, email)] }], ...more };
}

/** The tables of the store in which a text stands in plain; read models are projections' own. */
async function placesOf(canary: string): Promise<string[]> {
  const { rows } = await database.owner.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'tidemark'",
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const sql = `select exists (select from tidemark.${name} t where t::text like $1) as hit`;
    const { rows: hits } = await database.owner.query<{ hit: boolean }>(sql, [`%${canary}%`]);
    if (hits[0]?.hit) found.push(name);
  }
  return found;
}

async function readRow(member: string) {
  const { rows } = await database.pool.query(
    `select f.email, f.nick, g.host from tidemark_read.member_fold f
       left join tidemark_read.member_guests g on g.member = f.key where f.key = $1`,
    [member],
  );
  return rows[0] as { email: string; nick: string | null; host: string | null } | undefined;
}

const seen = (member: string, row: object) =>
  eventually(async () => expect(await readRow(member)).toMatchObject(row), { what: `the row of ${member}` });

test("commands, plain appends and imports leave nothing personal in the store, and every reader sees it", async () => {
  const { store, commands } = restarted();
  const input = { memberId: "a", email: "canary-a@example.org", by: { id: "h", name: "canary-host" } };
  const command = { category: "member", id: "a", command: "Join", input, idempotencyKey: newId() };
  expect(await commands.handle(command)).toMatchObject({
    outcome: "accepted",
    events: [{ data: { email: input.email } }],
  });
  await store.append(appendOf("b", "canary-b@example.org"));
  await store.append({
    writes: [
      {
        stream: "member-c",
        expectedVersion: "none",
        events: [{ type: "Joined", schemaVersion: 1, data: '{"memberId":"c", "mail":"canary-c@example.org"}' }],
      },
      { stream: "member-d", expectedVersion: "none", events: [joined("d", "canary-d@example.org")] },
    ],
  });
  const line = JSON.stringify({
    ...{ specversion: "1.0", source: "s", id: newId(), type: "Joined", subject: "member-e", schemaversion: 2 },
    data: { memberId: "e", email: "canary-e@example.org", invitedBy: null },
  });
  const target = { pool: database.pool, sealing };
  expect(await importBatch(target, [line])).toMatchObject({ appended: 1, refused: [] });
  expect(await importBatch(target, [line])).toMatchObject({ appended: 0, duplicates: 1, refused: [] });
  const other = line.replace("canary-e", "canary-x");
  expect(await importBatch(target, [other])).toMatchObject({ refused: [{ reason: "event-id-reused" }] });

  for (const member of ["a", "b", "c", "d", "e"]) await seen(member, { email: `canary-${member}@example.org` });
  await seen("a", { host: "canary-host" });
  await seen("d", { host: "Host of canary-d@example.org" });
  expect((await stateAt({ store, catalog }, "member-c")).state).toMatchObject({ email: "canary-c@example.org" });
  expect(await placesOf("canary-")).toEqual([]);
});

test("a request that is sent again is known by what it says, although its sealed bytes never come twice", async () => {
  const first = restarted();
  const append = appendOf("again", "again@example.org", { idempotencyKey: newId() });
  const stored = await first.store.append(append);
  const replayed = stored.map((result) => ({ ...result, replayed: true }));
  expect(await first.store.append(append)).toEqual(replayed);
  expect(await restarted().store.append(append)).toEqual(replayed);
  const client = await database.pool.connect();
  try {
    expect(await restarted().store.appendIn(client, append)).toEqual(replayed);
  } finally {
    client.release();
  }
  const changed = { ...appendOf("again", "other@example.org"), idempotencyKey: append.idempotencyKey ?? null };
  await expect(restarted().store.append(changed)).rejects.toMatchObject({ code: "idempotency-key-reused" });

  const input = { memberId: "twice", email: "twice@example.org", by: null };
  const command = { category: "member", id: "twice", command: "Join", input, idempotencyKey: newId() };
  const done = await first.commands.handle(command);
  expect(await restarted().commands.handle(command)).toEqual({ ...done, replayed: true });
  const reused = { ...command, input: { ...input, email: "not@example.org" } };
  await expect(restarted().commands.handle(reused)).rejects.toMatchObject({ code: "idempotency-key-reused" });
});

test("once a person is forgotten every reader sees that, nothing new is taken for them, and old requests are still answered", async () => {
  const { store } = restarted();
  const append = appendOf("gone", "gone@example.org", { idempotencyKey: newId() });
  const stored = await store.append(append);
  const renamed = { type: "Renamed", schemaVersion: 1, data: '{"memberId":"gone","nick":"nick"}' };
  keys.forget("gone");
  expect(await store.append(append)).toEqual(stored.map((result) => ({ ...result, replayed: true })));
  const more: Append = { writes: [{ stream: "member-gone", expectedVersion: "any", events: [renamed] }] };
  await expect(store.append(more)).rejects.toMatchObject({ code: "subject-forgotten" });
  expect(await store.streamVersion("member-gone")).toBe(1);
  expect((await stateAt({ store, catalog }, "member-gone")).state).toMatchObject({ email: FORGOTTEN });
  // The other person of the same event is not touched.
  await seen("gone", { host: "Host of gone@example.org" });
});

test("an append about one who was forgotten takes nobody else's down with it", async () => {
  const { store } = restarted();
  keys.forget("out");
  const many = ["in-1", "out", "in-2", "in-3"].map((member) => store.append(appendOf(member, `${member}@example.org`)));
  const outcomes = await Promise.allSettled(many);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
});

test("while the key store is down consumers wait and set nothing aside, and what needs no key goes on", async () => {
  const { store } = restarted();
  const append = appendOf("down", "down@example.org");
  // The key is at hand to seal with; whoever reads finds the key store down.
  const open = keys.keysToOpen;
  keys.keysToOpen = async () => {
    throw new KeyStoreDown("a test says so");
  };
  await store.append(append);
  const other = { type: "Other", schemaVersion: 1, data: "{}" };
  await store.append({ writes: [{ stream: "other-1", expectedVersion: "any", events: [other] }] });
  const before = keys.asked.toOpen;
  await expect(stateAt({ store, catalog }, "member-down")).rejects.toMatchObject({ code: "unavailable" });
  keys.keysToOpen = async (ids) => {
    if (tries++ < 3) throw new KeyStoreDown("a test says so");
    return open(ids);
  };
  let tries = 0;
  await seen("down", { email: "down@example.org" });
  expect(tries).toBeGreaterThan(3);
  expect(keys.asked.toOpen).toBeGreaterThan(before);
  keys.keysToOpen = open;
  const { rows } = await database.pool.query("select count(*)::int as n from dead_letters");
  expect(rows[0].n).toBe(0);
});

test("an event whose key nobody knows is set aside as a failure of its own, and reads as no forgotten one", async () => {
  const { store } = restarted();
  const open = keys.keysToOpen;
  keys.keysToOpen = async (ids) => new Map(ids.map((id) => [id, { state: "unknown" }]));
  await store.append(appendOf("lost", "lost@example.org"));
  const letter = await eventually(
    async () =>
      (await database.pool.query("select error::text from dead_letters where stream = 'member-lost'")).rows[0],
    { what: "the letter" },
  );
  expect(letter.error).toContain("not destroyed");
  await expect(stateAt({ store, catalog }, "member-lost")).rejects.toMatchObject({ code: "internal", stage: "open" });
  keys.keysToOpen = open;
  await seen("lost", { email: "lost@example.org" });
});

test("what an event says is kept out of the words about its failure, though it was opened to be read", async () => {
  const { store } = restarted();
  poisonHost.add("Host of poison@example.org");
  await store.append(appendOf("poison", "poison@example.org"));
  const letter = await eventually(
    async () =>
      (await database.pool.query("select error::text from dead_letters where stream = 'member-poison'")).rows[0],
    { what: "the letter" },
  );
  expect(letter.error).toContain("cannot host");
  expect(letter.error).not.toContain("poison@example.org");
});
