import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { runLine } from "@/bin/testing/run-line";
import { type Stub, startStub } from "@/bin/testing/stub-server";
import { openSession } from "@/lib/access/session";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { registerProjections } from "@/lib/projections/register-projections";
import { executeRuns } from "@/lib/runs/run-executor";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createTestKeyStore, type TestKeyStore } from "@/lib/testing/key-store";

const token = "a-token-for-shreds";
const stop = new AbortController();
const folder = mkdtempSync(path.join(tmpdir(), "tidemark-shreds-"));
const signing = newSigningKey("example.com/log");
const { verifier } = readSigningKey(signing);
const { send } = inProcessClient(token);
let database: TestDatabase;
let vault: TestKeyStore;
let server: Stub;
let working: Promise<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  vault = await createTestKeyStore(database);
  Object.assign(process.env, {
    ...{ DATABASE_URL: database.url, TIDEMARK_KEYS_URL: vault.url, TIDEMARK_KEK: (vault.kek as { text: string }).text },
    TIDEMARK_DATA_DIR: path.join(folder, "data"),
    ...{ TIDEMARK_TOKEN: token, TIDEMARK_SEALING: "1", TIDEMARK_SIGNING_KEY: signing, TIDEMARK_TWO_PERSONS: "1" },
  });
  await prepareStore({ url: database.url, schema: "tidemark" });
  const { pool, runKinds, consumers, projections, catalog } = await tidemark();
  await registerProjections(pool, projections, catalog);
  const log = createLogger("worker", { level: "silent" });
  const { signal } = stop;
  const noteFile = path.join(folder, "checkpoint-note");
  working = Promise.all([
    runWorker({ url: database.url, pool, consumers, workerId: "test", signal, log }),
    executeRuns({ pool, kinds: runKinds, worker: "test", signal, log }),
    keepMerkleLog({ pool, owner: "test", key: { text: signing }, noteFile, signal, log }),
  ]);
  const { open } = inProcessClient(undefined);
  server = await startStub(async ({ method, url, headers, body }) => {
    const answer = await open(method, url, {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      ...(body === "" ? {} : { body }),
    });
    return {
      takeOver: async (response) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(await answer.text());
      },
    };
  });
});

afterAll(async () => {
  stop.abort();
  await server.close();
  await working;
  await (await tidemark()).close();
  await vault.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

const tell = (args: readonly string[], input?: string) =>
  runLine(args, { environment: { url: server.url, token }, ...(input === undefined ? {} : { input }) });
const telling = async (...args: readonly string[]) => JSON.parse((await tell(["--json", ...args])).out);

test("an officer asks, another approves, and the certificate is checked without any server; nobody's name is in an address or the audit", async () => {
  const data = { accountId: "a-1", kind: "customer", ownerId: "ada@example.org", owner: "Ada King" };
  const events = [{ type: "AccountOpened", schemaVersion: 2, data }];
  const appended = await send("POST", "/api/v1/local/streams/account-a-1/events", {
    body: { expectedVersion: "any", events },
  });
  expect(appended.status, appended.text).toBe(201);
  await eventually(async () => (await database.pool.query("select from checkpoint_notes")).rowCount !== 0);

  expect((await tell(["subjects", "find", "-"], "ada@example.org\n")).out).toContain("epoch 1, live");
  const { subjects } = await telling("subjects", "list");
  expect(subjects).toMatchObject([{ state: "live", epoch: 1, tenant: null, heldSince: null, request: null }]);
  const [{ subject: digest }] = subjects;
  const [appearance] = (await telling("subjects", "show", digest)).events;
  expect(appearance).toMatchObject({ type: "AccountOpened", stream: "account-a-1", version: 1, values: 1 });
  // What is sealed is in no answer but that of the act which says why; and it is said how each value stands.
  const read = await send("GET", `/api/v1/local/events/${appearance.id}`);
  expect(read.json.sealed).toEqual([{ path: "owner", state: "sealed", forgottenAt: null }]);
  expect(read.text).not.toContain("Ada King");
  expect((await tell(["reveal", appearance.id])).err).toContain("reason");
  const shown = await telling("reveal", appearance.id, "--digest", digest, "--reason", "she asks what we hold");
  expect(shown.events[0].fields).toEqual([{ path: "owner", state: "sealed", value: "Ada King" }]);
  // A value is looked up within one person, from the input; somebody else's is not found, though it is the same word.
  const why = ["--reason", "is it hers", "--json"];
  const found = JSON.parse((await tell(["subjects", "lookup", "-", ...why], "ada@example.org\nAda King\n")).out);
  expect(found).toMatchObject({
    events: [{ id: appearance.id, paths: ["owner"] }],
    hashes: [{ epoch: 1 }],
    next: null,
  });
  expect((await tell(["subjects", "lookup", "--digest", digest, "--reason", "r"], "Ada\n")).out).toContain(
    "none of their",
  );
  const { catalog, store } = await tidemark();
  const [stored] = await store.readStreamToFold("account-a-1", { from: 1, limit: 1 });
  if (!stored) throw new Error("the event is not there");
  await catalog.bringKeys([stored]);
  const decoded = catalog.decode(stored);
  const hashIn = decoded.status === "decoded" && decoded.events[0]?.lookupHash("ada@example.org", "Ada King");
  expect(hashIn).toBe(found.hashes[0].hash);
  const handed = path.join(folder, "handed.jsonl");
  const ada = "ada@example.org\n";
  expect((await tell(["subjects", "export", "-", "--out", handed], ada)).err).toContain("reason");
  const told = await tell(["subjects", "export", "-", "--reason", "she asks", "--out", handed], ada);
  expect(told.code, told.err).toBe(0);
  expect(readFileSync(handed, "utf8")).toContain(
    '"data":{"accountId":"a-1","kind":"customer","ownerId":"ada@example.org","owner":"Ada King"}',
  );
  expect((await tell(["exports"])).out).toContain("one person's");
  expect((await tell(["subjects", "hold", "--digest", digest, "--reason", "a court"])).code).toBe(0);
  expect((await tell(["subjects"])).out).toContain("a court");
  expect((await telling("subjects", "streams", digest)).streams).toEqual([
    { stream: "account-a-1", events: 1, values: 1, last: appearance.position },
  ]);
  const ask = ["shreds", "request", "-", "--reason", "she wrote", "--follow"];
  const first = await tell([...ask, "--cooling-minutes", "90", "--legal-basis", "Art. 17 (1)(b) GDPR"], ada);
  expect(first.err + first.out).toMatch(/Basis {5}Art\. 17[\s\S]*Waits {5}90 minutes after its approval/);
  const [early] = (await telling("shreds")).requests;
  expect((await tell(["shreds", "refuse", early.id, "--reason", "asked for too soon"])).code).toBe(0);
  const asked = await tell([...ask, "--legal-basis", "Art. 17 (1)(b) GDPR"], ada);
  expect(asked.err + asked.out).toContain("1 events (1 values) in 1 streams");
  const { requests } = await telling("shreds");
  const [{ id, previewHash }] = requests;
  expect((await tell(["shreds", id])).out).toMatch(/exported file export-\d+\.jsonl: removed/);
  expect((await tell(["shreds"])).out).toContain("she wrote");
  expect((await tell(["shreds", "who", id, "--reason", "to be sure"])).out.trim()).toBe("ada@example.org");
  const approve = ["shreds", "approve", id, "--preview", previewHash, "--follow"];
  const own = await tell(approve);
  expect([own.code, own.err]).toEqual([77, expect.stringContaining("cannot approve it")]);

  // Another officer, signed in at the console.
  const { pool } = await tidemark();
  const cookie = `tidemark_session=${await openSession(pool, "officer-2", "privacy-officer")}`;
  const headers = { cookie, origin: "http://console.test", "sec-fetch-site": "same-origin" };
  const post = (what: string, body: object) =>
    inProcessClient(undefined).send("POST", `/api/v1/local/${what}`, { body, headers });
  const held = await post(`shreds/${id}/approve`, { preview: previewHash });
  expect(held.json.detail).toContain("legal hold stands");
  expect((await tell(["subjects", "release", "ada@example.org", "--reason", "over"])).code).toBe(0);
  const other = await post(`shreds/${id}/approve`, { preview: previewHash, subject: "eve@example.org" });
  expect([other.status, other.json.detail]).toEqual([409, expect.stringContaining("somebody else's")]);
  const approved = await post(`shreds/${id}/approve`, { preview: previewHash, subject: "ada@example.org" });
  expect(approved.status, approved.text).toBe(202);
  await eventually(async () => (await telling("shreds", id)).state === "completed", { what: "the shred" });

  const file = path.join(folder, "certificate");
  expect((await tell(["shreds", "certificate", id, "--out", file])).code).toBe(0);
  const offline = (args: readonly string[]) => runLine(["shreds", "verify", ...args]);
  const checked = await offline([file, "--key", verifier]);
  expect([checked.code, checked.out]).toEqual([0, expect.stringContaining("1 of 1 events cannot be read any more")]);
  expect(checked.out).toContain("By Art. 17 (1)(b) GDPR");
  const stranger = readSigningKey(newSigningKey("example.com/log")).verifier;
  expect((await offline([file, "--key", stranger])).code).toBe(65);
  writeFileSync(`${file}-2`, "nothing\n");
  expect((await offline([`${file}-2`, "--key", verifier])).code).not.toBe(0);

  const gone = await telling("reveal", appearance.id, "--reason", "is it gone");
  expect(gone.events[0].fields).toEqual([{ path: "owner", state: "forgotten", value: null }]);
  expect((await send("GET", `/api/v1/local/events/${appearance.id}`)).json.sealed).toMatchObject([
    { path: "owner", state: "forgotten", forgottenAt: expect.stringMatching(/^20/) },
  ]);
  const lost = JSON.parse((await tell(["subjects", "lookup", "-", ...why], "ada@example.org\nAda King\n")).out);
  expect(lost).toMatchObject({ events: [], hashes: [] });
  const known = await tell(["subjects", "find", "ada@example.org"]);
  expect(known.out).toMatch(/epoch 1, destroyed[\s\S]*completed/);
  expect((await tell(["shreds", "who", id, "--reason", "once more"])).err).toContain("is not kept");
  const again = await tell(["subjects", "readmit", "ada@example.org", "--reason", "she is back"]);
  expect(again.code).toBe(0);
  expect((await telling("subjects", "find", "ada@example.org")).keys).toMatchObject([
    { epoch: 1, state: "destroyed" },
    { epoch: 2, state: "live" },
  ]);
  expect((await tell(["shreds", "--ended"])).out).toContain("completed");
  // The least cooling-off time is told and set, and holds for who says nothing.
  expect((await tell(["shreds", "cooling-off"])).out).toContain("None but what a request asks for");
  expect((await tell(["shreds", "cooling-off", "30", "--reason", "our policy"])).out).toContain("At least 30 minutes");
  const policy = await tell(["shreds", "request", "ada@example.org", "--reason", "again", "--cooling-minutes", "5"]);
  expect([policy.code === 0, policy.err]).toEqual([false, expect.stringContaining("at least 30")]);
  const { rows: entries } = await database.owner.query(
    "select data::text as data from tidemark.events where stream = 'operations-audit'",
  );
  expect(entries.length).toBeGreaterThan(8);
  for (const { data: entry } of entries) expect(entry).not.toMatch(/ada@|Ada King/);
  expect(entries.filter(({ data: entry }) => entry.includes("reveal-personal-data"))).toHaveLength(2);
});

test("the least cooling-off time is raised while requests are made: who asked for less is told the new one, who asked for nothing gets it; and an approved request is withdrawn", async () => {
  const { pool } = await tidemark();
  for (const who of ["bea", "cid"]) {
    const data = { accountId: who, kind: "customer", ownerId: `${who}@example.org`, owner: `Person ${who}` };
    const events = [{ type: "AccountOpened", schemaVersion: 2, data }];
    const path = `/api/v1/local/streams/account-${who}/events`;
    expect((await send("POST", path, { body: { expectedVersion: "any", events } })).status).toBe(201);
  }
  const ask = (who: string, more: object) =>
    send("POST", "/api/v1/local/shreds", { body: { subject: `${who}@example.org`, reason: "she wrote", ...more } });
  await tell(["shreds", "cooling-off", "30", "--reason", "our policy"]);
  // Both have read what is asked for, and stand before their insert, when another transaction raises it.
  const gate = await database.owner.connect();
  await gate.query("begin");
  await gate.query("lock table tidemark.shred_requests in share mode");
  const asking = Promise.all([ask("bea", { coolingMinutes: 45 }), ask("cid", {})]);
  await eventually(
    async () => {
      const waiting = "select from pg_locks where not granted and relation = 'tidemark.shred_requests'::regclass";
      return (await database.owner.query(waiting)).rowCount === 2;
    },
    { what: "both to wait" },
  );
  expect((await tell(["shreds", "cooling-off", "60", "--reason", "our new policy"])).code).toBe(0);
  await gate.query("commit");
  gate.release();
  const [less, silent] = await asking;
  expect(less.json).toMatchObject({
    ...{ status: 400, code: "invalid-request" },
    detail: "coolingMinutes must be at least 60, as this store asks for; a request may ask for more.",
    issues: [{ path: "coolingMinutes", message: expect.stringContaining("at least 60") }],
  });
  expect([silent.status, silent.json.request.coolingMinutes]).toEqual([202, 60]);

  const { id } = silent.json.request;
  const preview = await eventually(async () => (await telling("shreds", id)).previewHash || undefined);
  const cookie = `tidemark_session=${await openSession(pool, "officer-2", "privacy-officer")}`;
  const approved = await inProcessClient(undefined).send("POST", `/api/v1/local/shreds/${id}/approve`, {
    body: { preview },
    headers: { cookie, origin: "http://console.test", "sec-fetch-site": "same-origin" },
  });
  expect([approved.status, approved.json.request?.cooling]).toEqual([202, true]);
  const taken = await tell(["shreds", "refuse", id, "--reason", "he thought better of it"]);
  expect([taken.code, taken.out + taken.err]).toEqual([0, expect.stringContaining("Nothing is erased")]);
  expect((await telling("shreds", id)).state).toBe("refused");
});
