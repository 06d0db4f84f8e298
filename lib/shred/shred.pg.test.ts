import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { parseVerifier } from "@/lib/kernel/checkpoint-note";
import { armFailpoint, type FailpointLabel } from "@/lib/kernel/failpoint";
import { checkCertificate, parseCertificate } from "@/lib/kernel/shred-certificate";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { refuseShred } from "@/lib/operations/decide-shred";
import { releaseLegalHold, setLegalHold } from "@/lib/operations/hold-person";
import { requestShred } from "@/lib/operations/request-shred";
import { cancelRun, resumeRun } from "@/lib/runs/steer-run";
import { readRequest } from "@/lib/shred/shred-request";
import { eventually } from "@/lib/testing/eventually";
import { createShredStore, type ShredStore } from "@/lib/testing/shred-store";

let store: ShredStore;
beforeAll(async () => {
  store = await createShredStore();
});
afterAll(async () => {
  armFailpoint(undefined);
  await store?.close();
});

test("a person is forgotten as approved by another: events, read models of every generation and all tables hold nothing of them, nobody else is touched, and the certificate holds offline", async () => {
  const {
    database,
    privateKey,
    context,
    append,
    rename,
    joined,
    emailOf,
    asked,
    approve,
    ended,
    certificateOf,
    placesOf,
  } = store;
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

test("a shred that fails at any step, or is cancelled behind the point of no return, goes on where it was, and ends with one tombstone and one certificate", async () => {
  const { context, database, joined, asked, approve, ended, certificateOf, placesOf } = store;
  await joined("crash");
  const request = await asked("crash");
  armFailpoint({ label: steps[0] as FailpointLabel, nth: 1, action: "throw" });
  await approve(request);
  for (const [index, label] of steps.entries()) {
    const { run, failed } = await ended(request.id, "completed");
    expect(failed).toContain(label);
    const next = steps[index + 1];
    armFailpoint(next ? { label: next, nth: 1, action: "throw" } : undefined);
    const id = BigInt(run ?? 0);
    if (label !== "shred.after-destroy") await inTransaction(database.pool, (client) => resumeRun(client, id, "bob"));
    else {
      // Cancelled behind the point of no return it stays what it is, and approving it again begins another run.
      await inTransaction(database.pool, (client) => cancelRun(client, context("bob").runKinds, id, "bob"));
      await eventually(
        async () =>
          (await database.pool.query("select from runs where id = $1 and state = 'cancelled'", [id])).rowCount === 1,
      );
      expect((await readRequest(database.pool, request.id)).state).toBe("shredding");
      await approve(request);
    }
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
  const { rename, vault, append, joined, asked, approve, ended, certificateOf, placesOf } = store;
  await joined("race");
  const request = await asked("race");
  const racing: Promise<unknown>[] = [];
  store.whileDestroying(() => {
    for (let n = 0; n < 20; n++) racing.push(rename("race", "race@example.org, once more"));
  });
  await approve(request);
  expect((await ended(request.id, "completed")).failed).toBeUndefined();
  store.whileDestroying(undefined);
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
  const { database, vault, append, joined, asked, approve, ended } = store;
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
  const { database, context, append, joined, emailOf, asked, approve, ended } = store;
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
  const { database, context, joined, emailOf, asked, approve } = store;
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

test("an approved request waits for its cooling-off time, by the database's clock whoever tries; it can be withdrawn meanwhile, and a worker begins it when it is over", async () => {
  const { database, context, joined, emailOf, asked, approve, letCool, ended, certificateOf } = store;
  const { pool } = database;
  await joined("cooling");
  const first = await asked("cooling", { coolingMinutes: 60 });
  await approve(first);
  const waiting = await readRequest(pool, first.id);
  expect(waiting).toMatchObject({ state: "approved", cooling: true, run: null });
  expect(Date.parse(waiting.beginsAt ?? "") - Date.parse(waiting.approvedAt ?? "")).toBe(3_600_000);
  const change = (sql: string) => pool.query(`update shred_requests set ${sql} where id = $1`, [first.id]);
  await expect(change("state = 'shredding'")).rejects.toThrow(/may not begin before/);
  await expect(change("begins_at = clock_timestamp()")).rejects.toThrow(/stands/);
  await expect(change("cooling_minutes = 0")).rejects.toThrow(/stands/);
  await refuseShred(context("ada"), { request: first.id, reason: "she thought better of it" });
  expect(await readRequest(pool, first.id)).toMatchObject({ state: "refused", closedBy: "ada", approvedBy: "bob" });
  expect(await emailOf("cooling")).toBe("cooling@example.org");

  const second = await asked("cooling", { coolingMinutes: 60, legalBasis: "Art. 17 (1)(b) GDPR" });
  await approve(second);
  await letCool(second.id);
  expect((await ended(second.id, "completed")).failed).toBeUndefined();
  await expect(refuseShred(context("ada"), { request: second.id, reason: "too late" })).rejects.toMatchObject({
    code: "conflict",
  });
  const { certificate } = parseCertificate(await certificateOf(second.id));
  expect(certificate).toMatchObject({ legalBasis: "Art. 17 (1)(b) GDPR", coolingMinutes: 60 });
});

test("a legal hold that is set while a request cools off keeps it from beginning and nothing else; it begins once that is released", async () => {
  const { database, context, joined, emailOf, asked, approve, letCool, ended } = store;
  for (const member of ["kept", "next"]) await joined(member);
  const [kept, next] = [await asked("kept", { coolingMinutes: 60 }), await asked("next", { coolingMinutes: 60 })];
  await approve(kept);
  await setLegalHold(context("bob"), { subject: "kept", reason: "a court asked for it" });
  await letCool(kept.id);
  await approve(next);
  await letCool(next.id);
  // The one that was approved later and is not held has begun, so the held one was looked at before, and passed over.
  expect((await ended(next.id, "completed")).failed).toBeUndefined();
  expect(await readRequest(database.pool, kept.id)).toMatchObject({ state: "approved", cooling: false, run: null });
  expect(await emailOf("kept")).toBe("kept@example.org");
  await releaseLegalHold(context("ada"), { subject: "kept", reason: "it is over" });
  expect((await ended(kept.id, "completed")).failed).toBeUndefined();
});
