import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { removeExpired } from "@/lib/export/keep-exports";
import { armFailpoint } from "@/lib/kernel/failpoint";
import { parseCertificate } from "@/lib/kernel/shred-certificate";
import { exportPerson } from "@/lib/operations/export-person";
import { takeExport } from "@/lib/operations/take-export";
import { resumeRun } from "@/lib/runs/steer-run";
import { readRequest } from "@/lib/shred/shred-request";
import { eventually } from "@/lib/testing/eventually";
import { poisonHost } from "@/lib/testing/member-domain";
import { createShredStore, type ShredStore } from "@/lib/testing/shred-store";

let store: ShredStore;
beforeAll(async () => {
  store = await createShredStore();
});
afterAll(async () => {
  armFailpoint(undefined);
  poisonHost.clear();
  await store?.close();
});

const asked = async (subject: string) =>
  (await exportPerson(store.context("ada"), { subject, reason: "she asks what we hold" })).run.id;

async function ended(run: string, state: string) {
  return eventually(
    async () => {
      const { rows } = await store.database.pool.query("select state, error, result from runs where id = $1", [run]);
      return rows[0].state === state && rows[0];
    },
    { what: `run ${run} to be ${state}` },
  );
}

async function made(run: string) {
  const result = JSON.parse((await ended(run, "succeeded")).result);
  const bytes = fs.readFileSync(path.join(store.exports, result.file));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(result.sha256);
  expect(fs.statSync(path.join(store.exports, result.file)).mode & 0o777).toBe(0o600);
  const text = bytes.toString();
  return {
    result,
    text,
    lines: text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}

test("a person gets every event and row in which they stand, opened for them alone, from wherever a worker left off, and only an officer takes the file", async () => {
  const { database, joined, rename, context } = store;
  await joined("mine");
  await rename("mine", "the one who asks");
  await joined("other");
  await eventually(
    async () =>
      (await database.pool.query("select from tidemark_read.member_fold where nick is not null")).rowCount === 1,
  );
  const { result, text, lines } = await made(await asked("mine"));
  expect(result).toMatchObject({ events: 2, values: 2, unread: 0, rows: 2 });
  expect(lines).toMatchObject([
    { kind: "person", subject: expect.stringMatching(/^[0-9a-f]{64}$/) },
    {
      ...{ kind: "event", type: "Joined", stream: "member-mine", version: 1, fields: ["email"] },
      data: { email: "mine@example.org", invitedBy: { name: expect.stringContaining("masked") } },
    },
    { kind: "event", type: "Renamed", fields: ["nick"], data: { nick: "the one who asks" } },
    { kind: "row", readModel: "member-fold", data: { key: "mine", email: "mine@example.org" } },
    { kind: "row", readModel: "member-guests", data: { member: "mine", host: expect.stringContaining("masked") } },
    {
      ...{ kind: "end", events: 2, values: 2, searched: { id: true, texts: 2, all: true } },
      readModels: [
        { name: "member-fold", rows: 1 },
        { name: "member-guests", rows: 1 },
      ],
    },
  ]);
  expect(text).not.toMatch(/other@|Host of them all|\$sealed/);

  // Of the host, whom both name, everything but what is theirs.
  const host = await made(await asked("host"));
  expect(host.result).toMatchObject({ events: 2, values: 2, rows: 2 });
  expect(host.text).not.toMatch(/@example|the one who asks/);

  // Its worker dies after each write: what it wrote beyond its checkpoint is written over.
  armFailpoint({ label: "export.after-write", nth: 1, action: "throw" });
  const broken = await asked("mine");
  expect((await ended(broken, "failed")).error).toContain("export.after-write");
  for (const nth of [2, 3]) {
    armFailpoint({ label: "export.after-write", nth, action: "throw" });
    await inTransaction(database.pool, (client) => resumeRun(client, BigInt(broken), "ada"));
    expect((await ended(broken, "failed")).error).toContain("export.after-write");
  }
  armFailpoint(undefined);
  await inTransaction(database.pool, (client) => resumeRun(client, BigInt(broken), "ada"));
  expect((await made(broken)).lines.slice(1)).toEqual(lines.slice(1));

  const viewer = { ...context("eve"), principal: { id: "eve", role: "operator", via: "token" } };
  await expect(takeExport(viewer as never, { run: broken })).rejects.toMatchObject({ code: "forbidden" });
  expect(await takeExport(context("ada"), { run: broken })).toMatchObject({ ofPerson: true, masked: false });
  await expect(asked("nobody")).rejects.toMatchObject({ code: "not-found" });
});

test("who is forgotten is in no file any more: kept ones are removed, one that is being written is taken back, none is begun; their parked events were told of before", async () => {
  const { database, context, append, asked: askShred, approve, ended: shredded, certificateOf, emailOf } = store;
  poisonHost.add("Host of them all");
  await append("gone", "gone@example.org");
  await eventually(async () => (await emailOf("gone")) === "gone@example.org");
  const parked =
    "select from dead_letters where consumer = 'member-guests' and stream = 'member-gone' and closed_at is null";
  await eventually(async () => (await database.pool.query(parked)).rowCount === 1);
  const kept = await made(await asked("gone"));
  armFailpoint({ label: "export.after-write", nth: 2, action: "throw" });
  const partial = await asked("gone");
  await ended(partial, "failed");
  armFailpoint(undefined);
  expect(fs.readdirSync(store.exports)).toContain(`export-${partial}.jsonl.part`);

  const request = await askShred("gone");
  const { preview } = await readRequest(database.pool, request.id);
  expect(preview).toMatchObject({
    parked: { "member-guests": 1 },
    personExports: [kept.result.file, `export-${partial}.jsonl`],
    exports: 0,
  });
  poisonHost.clear();
  await approve(request);
  expect((await shredded(request.id, "completed")).failed).toBeUndefined();
  expect(fs.readdirSync(store.exports).filter((name) => name.includes(`-${partial}.`))).toEqual([]);
  expect(fs.existsSync(path.join(store.exports, kept.result.file))).toBe(false);
  const { certificate } = parseCertificate(await certificateOf(request.id));
  expect(certificate.places).toContainEqual({
    ...{ place: "exported files about the person", checked: "1 removed", left: 0 },
  });
  await expect(asked("gone")).rejects.toMatchObject({ code: "conflict" });
  await expect(takeExport(context("ada"), { run: partial })).rejects.toMatchObject({ code: "not-found" });
  expect(await removeExpired(database.pool, store.exports)).toEqual([]);
  // Of others nothing is touched.
  expect(fs.readdirSync(store.exports).filter((name) => name.endsWith(".jsonl"))).toHaveLength(3);
});

test("a file that somebody deleted by hand keeps no shred waiting: the folder in which it was finished is here, and it is not", async () => {
  const { joined, asked: askShred, approve, ended: shredded, certificateOf } = store;
  await joined("byhand");
  const { result } = await made(await asked("byhand"));
  fs.rmSync(path.join(store.exports, result.file));
  const request = await askShred("byhand");
  await approve(request);
  // Within the deadline of one look: a file that may be on another machine is waited for longer.
  expect((await shredded(request.id, "completed")).failed).toBeUndefined();
  const { certificate } = parseCertificate(await certificateOf(request.id));
  expect(certificate.places).toContainEqual({
    ...{ place: "exported files about the person", checked: "1 removed", left: 0 },
  });
});
