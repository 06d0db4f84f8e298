import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { parseVerifier } from "@/lib/kernel/checkpoint-note";
import { armFailpoint, type FailpointLabel } from "@/lib/kernel/failpoint";
import { checkCertificate, parseCertificate } from "@/lib/kernel/shred-certificate";
import type { KeyStore } from "@/lib/keys/key-store";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { approveShred, refuseShred } from "@/lib/operations/decide-shred";
import { releaseLegalHold, setLegalHold } from "@/lib/operations/hold-person";
import type { OperationContext } from "@/lib/operations/operation";
import { requestShred } from "@/lib/operations/request-shred";
import { createSealing } from "@/lib/privacy/sealing";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { registerProjections } from "@/lib/projections/register-projections";
import { executeRuns } from "@/lib/runs/run-executor";
import { resumeRun } from "@/lib/runs/steer-run";
import { previewRun } from "@/lib/shred/preview-run";
import { readRequest, type ShredState } from "@/lib/shred/shred-request";
import { shredRun } from "@/lib/shred/shred-run";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createTestKeyStore, type TestKeyStore } from "@/lib/testing/key-store";
import { memberCatalog } from "@/lib/testing/member-domain";

let database: TestDatabase;
let vault: TestKeyStore;
let context: (who: string) => OperationContext;
let append: (member: string, email: string) => Promise<unknown>;
let rename: (member: string, nick: string) => Promise<unknown>;
/** What else happens in the moment in which a key is destroyed. */
let whileDestroying: (() => void) | undefined;
const privateKey = newSigningKey("example.com/log");
const stopping = new AbortController();
const working: Promise<unknown>[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ max: 24 });
  vault = await createTestKeyStore(database);
  const { pool, url } = database;
  const keys: KeyStore = {
    ...vault.keys,
    destroy: async (digest, upTo) => {
      whileDestroying?.();
      return vault.keys.destroy(digest, upTo);
    },
  };
  const catalog = memberCatalog(keys);
  const store = createEventStore({ pool, sealing: createSealing(keys, catalog.personalPaths) });
  await registerProjections(pool, catalog.projections, catalog);
  const log = createLogger("test", { level: "fatal" });
  const { signal } = stopping;
  const rebuild = rebuildRun(pool, catalog.projections, catalog);
  const signingKey = { text: privateKey };
  const kinds = [
    rebuild,
    previewRun({ pool, catalog, keys }),
    shredRun({ pool, catalog, keys, store, signingKey, rebuild }),
  ];
  const noteFile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-shred-")), "checkpoint-note");
  working.push(
    runWorker({ url, pool, consumers: projectionConsumers(catalog.projections, catalog), workerId: "w", signal, log }),
    executeRuns({ pool, kinds, worker: "w", signal, log }),
    keepMerkleLog({ pool, owner: "w", key: signingKey, noteFile, signal, log }),
  );
  const reads = createReadDatabase(pool);
  context = (who) =>
    ({
      ...{ pool, reads, store, catalog, keys, runKinds: kinds, safety: "open", twoPersons: true, requestId: "r-1" },
      principal: { id: who, role: "privacy-officer", via: "token" },
    }) as unknown as OperationContext;
  const write = (member: string, type: string, schemaVersion: number, data: object) => {
    const events = [{ type, schemaVersion, data: JSON.stringify({ memberId: member, ...data }) }];
    return store.append({ writes: [{ stream: `member-${member}`, expectedVersion: "any", events }] });
  };
  const invitedBy = { id: "host", name: "Host of them all" };
  append = (member, email) => write(member, "Joined", 2, { email, invitedBy });
  rename = (member, nick) => write(member, "Renamed", 1, { nick });
});
afterAll(async () => {
  armFailpoint(undefined);
  stopping.abort();
  await Promise.all(working);
  await vault.close();
  await database.close();
});

const emailOf = async (member: string) =>
  (await database.pool.query("select email from tidemark_read.member_fold where key = $1", [member])).rows[0]?.email;

/** A member whose data is in the read model. */
async function joined(member: string): Promise<void> {
  await append(member, `${member}@example.org`);
  await eventually(async () => (await emailOf(member)) === `${member}@example.org`, { what: `the row of ${member}` });
}

/** A request whose preview is there. */
async function asked(member: string): Promise<{ id: string; preview: string }> {
  const { request } = await requestShred(context("ada"), { subject: member, reason: "she asked for it" });
  return eventually(
    async () => {
      const { previewHash } = await readRequest(database.pool, request.id);
      return previewHash !== null && { id: request.id, preview: previewHash };
    },
    { what: "the preview" },
  );
}

const approve = ({ id, preview }: { id: string; preview: string }, who = "bob") =>
  approveShred(context(who), { request: id, preview });

const ended = (id: string, state: ShredState) =>
  eventually(
    async () => {
      const request = await readRequest(database.pool, id);
      const { rows } = await database.pool.query("select state, error from runs where id = $1", [request.run]);
      if (rows[0]?.state === "failed") return { ...request, failed: String(rows[0].error) };
      return request.state === state && { ...request, failed: undefined };
    },
    { what: `the request to be ${state}` },
  );

async function certificateOf(id: string): Promise<string> {
  const { rows } = await database.pool.query("select certificate from shred_requests where id = $1", [id]);
  return String(rows[0]?.certificate);
}

/** Every table, read models of all generations included, in which a text stands. */
async function placesOf(text: string): Promise<string[]> {
  const { rows } = await database.owner.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('tidemark', 'tidemark_read')",
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const sql = `select exists (select from ${name} t where t::text like $1) as hit`;
    if ((await database.owner.query<{ hit: boolean }>(sql, [`%${text}%`])).rows[0]?.hit) found.push(name);
  }
  return found;
}

test("a person is forgotten as approved by another: events, read models of every generation and all tables hold nothing of them, nobody else is touched, and the certificate holds offline", async () => {
  await joined("gone");
  await rename("gone", "gone@example.org, called G.");
  await joined("stays");
  await eventually(async () => (await database.pool.query("select from checkpoint_notes")).rowCount !== 0);
  // A generation that serves no more holds what it held.
  await database.pool.query(
    "create table tidemark_read.member_guests_g7 as select 'gone' as member, 'gone@example.org' as host",
  );
  await database.pool.query(
    `insert into consumer_generations (consumer, generation, version, style, partitions, types, state)
       select consumer, 7, version, style, partitions, types, 'kept' from consumer_generations where consumer = 'member-guests'`,
  );
  const request = await asked("gone");
  const { preview } = await readRequest(database.pool, request.id);
  expect(preview).toMatchObject({
    events: 2,
    fields: 2,
    types: { Joined: 1, Renamed: 1 },
    streams: { count: 1, more: false },
  });
  expect(preview?.readModels).toContainEqual({ name: "member-fold", rows: 1, fate: "rebuild" });
  expect(preview?.readModels).toContainEqual({ name: "member-guests", rows: 1, fate: "rebuild" });
  expect(await placesOf("gone@example.org")).not.toEqual([]);

  await expect(approve(request, "ada")).rejects.toMatchObject({ code: "forbidden" });
  await expect(approve({ ...request, preview: "0".repeat(64) })).rejects.toMatchObject({ code: "preview-changed" });
  await approve(request);
  expect((await ended(request.id, "completed")).failed).toBeUndefined();

  expect(await placesOf("gone@example.org")).toEqual([]);
  expect(await emailOf("gone")).toBe("[forgotten]");
  expect(await emailOf("stays")).toBe("stays@example.org");
  await expect(append("gone", "gone@example.org")).rejects.toMatchObject({ code: "subject-forgotten" });
  await expect(requestShred(context("ada"), { subject: "gone", reason: "again" })).rejects.toMatchObject({
    code: "conflict",
  });

  const text = await certificateOf(request.id);
  const verifier = await parseVerifier(readSigningKey(privateKey).verifier);
  const { certificate, faults } = await checkCertificate(text, [verifier]);
  expect(faults).toEqual([]);
  expect(certificate).toMatchObject({
    ...{ request: request.id, requestedBy: "ada", approvedBy: "bob", previewHash: request.preview },
    ...{ events: { count: 2, fields: 2, late: 0, unreadable: 2 }, keys: [{ epoch: 1 }] },
    places: expect.arrayContaining([
      expect.objectContaining({ place: "read model member-fold", left: 0 }),
      expect.objectContaining({ place: "other tables of the store", left: 0 }),
    ]),
    ...{ checkpointBefore: expect.any(String), checkpointAfter: expect.any(String) },
  });
  expect(text).not.toContain("gone@");
  const stranger = await parseVerifier(readSigningKey(newSigningKey("example.com/log")).verifier);
  expect((await checkCertificate(text, [stranger])).faults).not.toEqual([]);
  expect((await checkCertificate(text.replace('"late":0', '"late":9'), [verifier])).faults).not.toEqual([]);
});

const steps: readonly FailpointLabel[] = [
  "shred.before-destroy",
  "shred.after-destroy",
  "shred.after-rebuild",
  "shred.after-sign",
];

test("a shred that fails at any step goes on where it was, and ends with one tombstone and one certificate", async () => {
  await joined("crash");
  const request = await asked("crash");
  for (const [index, label] of steps.entries()) {
    armFailpoint({ label, nth: 1, action: "throw" });
    if (index === 0) await approve(request);
    const { run, failed } = await ended(request.id, "completed");
    expect(failed).toContain(label);
    armFailpoint(steps[index + 1] ? { label: steps[index + 1] as FailpointLabel, nth: 1, action: "throw" } : undefined);
    await inTransaction(database.pool, (client) => resumeRun(client, BigInt(run ?? 0), "bob"));
  }
  await eventually(async () => (await readRequest(database.pool, request.id)).state === "completed");
  expect(await placesOf("crash@example.org")).toEqual([]);
  const { rows } = await database.pool.query("select type from events where stream = $1", [`forgotten-${request.id}`]);
  expect(rows).toEqual([{ type: "SubjectForgotten" }]);
  const { certificate } = parseCertificate(await certificateOf(request.id));
  // Nobody knew the texts any more, and it says so instead of "nothing found".
  expect(certificate.places).toContainEqual(
    expect.objectContaining({ place: "other tables of the store", left: null }),
  );
});

test("appends that race the destruction bring no key back: what they stored is unreadable and counted, and later ones are refused", async () => {
  await joined("race");
  const request = await asked("race");
  const racing: Promise<unknown>[] = [];
  whileDestroying = () => {
    for (let n = 0; n < 20; n++) racing.push(append("race", "race@example.org"));
  };
  await approve(request);
  expect((await ended(request.id, "completed")).failed).toBeUndefined();
  whileDestroying = undefined;
  const outcomes = await Promise.allSettled(racing);
  const stored = outcomes.filter(({ status }) => status === "fulfilled").length;
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "subject-forgotten" });
  }
  const digest = await vault.keys.digest(null, "race");
  expect((await vault.another().personKeys(digest)).map(({ epoch, state }) => [epoch, state])).toEqual([
    [1, "destroyed"],
  ]);
  const { certificate } = parseCertificate(await certificateOf(request.id));
  expect(certificate.events).toMatchObject({ count: 1 + stored, late: stored, unreadable: 1 + stored });
  await expect(append("race", "race@example.org")).rejects.toMatchObject({ code: "subject-forgotten" });
  await eventually(async () => (await placesOf("race@example.org")).length === 0);
});

test("a key database that was restored from before a shred loses its keys again at the next start, and a row that it lacks comes back as destroyed", async () => {
  await joined("restored");
  const digest = await vault.keys.digest(null, "restored");
  const table = "tidemark_keys.subject_keys";
  const [row] = await vault.sql(`select wrapped, kek from ${table} where subject = decode($1, 'hex')`, [digest]);
  const request = await asked("restored");
  await approve(request);
  expect((await ended(request.id, "completed")).failed).toBeUndefined();
  const restores = [
    `update ${table} set state = 'live', wrapped = $2, kek = $3, destroyed_at = null where subject = decode($1, 'hex')`,
    `delete from ${table} where subject = decode($1, 'hex') and $2::bytea is not null and $3::text is not null`,
  ];
  for (const restore of restores) {
    await vault.sql(`alter table ${table} disable trigger all`);
    await vault.sql(restore, [digest, row?.wrapped, row?.kek]);
    await vault.sql(`alter table ${table} enable trigger all`);
    await prepareKeys({
      ...{ events: { url: database.url, schema: "tidemark" }, url: vault.url, kek: vault.kek, mayMakeKek: false },
    });
    expect((await vault.keys.personKeys(digest)).map(({ epoch, state }) => [epoch, state])).toEqual([[1, "destroyed"]]);
    await expect(append("restored", "restored@example.org")).rejects.toMatchObject({ code: "subject-forgotten" });
  }
});

test("a request is void when anything has changed since its preview: nothing is destroyed, and whom it was about is not kept", async () => {
  await joined("moved");
  const request = await asked("moved");
  await append("moved", "moved@example.org");
  await approve(request);
  const { closedReason } = await ended(request.id, "void");
  expect(closedReason).toContain("1 events of this person were appended");
  expect(await emailOf("moved")).toBe("moved@example.org");
  const { rows } = await database.pool.query("select reference, run from shred_requests where id = $1", [request.id]);
  expect(rows[0]?.reference).toBeNull();
  const again = await asked("moved");
  await refuseShred(context("bob"), { request: again.id, reason: "she thought better of it" });
  expect((await ended(again.id, "refused")).closedBy).toBe("bob");
  await expect(approve(again)).rejects.toMatchObject({ code: "conflict" });
});

test("while a legal hold stands nothing is approved, and a shred that was approved before destroys nothing", async () => {
  await joined("held");
  const request = await asked("held");
  const hold = { subject: "held", reason: "a court asked for it" };
  await setLegalHold(context("bob"), hold);
  await expect(setLegalHold(context("bob"), hold)).rejects.toMatchObject({ code: "conflict" });
  await expect(approve(request)).rejects.toThrow(/legal hold stands/);
  await releaseLegalHold(context("bob"), { subject: "held", reason: "it is over" });
  // Set between approval and run: in one transaction with the approval, so that no worker is faster.
  await database.owner.query(
    "update tidemark.shred_requests set state = 'approved', approved_by = 'bob', approved_at = clock_timestamp() where id = $1",
    [request.id],
  );
  await setLegalHold(context("bob"), hold);
  await database.owner.query(
    "insert into tidemark.runs (kind, unit, phases, phase, offers, claim, input, requested_by) values ('shred', 'positions', '{check}', 'check', '{}', 'shred', $1, 'bob')",
    [JSON.stringify({ request: request.id })],
  );
  const failed = await eventually(
    async () =>
      (await database.pool.query("select error from runs where kind = 'shred' and state = 'failed'")).rows[0]?.error,
    { what: "the refusal" },
  );
  expect(String(failed)).toContain("legal hold stands");
  expect(await emailOf("held")).toBe("held@example.org");
});
