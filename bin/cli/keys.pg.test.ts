import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { runLine } from "@/bin/testing/run-line";
import { type Stub, startStub } from "@/bin/testing/stub-server";
import { executeRuns } from "@/lib/runs/run-executor";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { createTestKeyStore, newKek, type TestKeyStore } from "@/lib/testing/key-store";

const token = "a-token-for-keys";
const stop = new AbortController();
const folder = mkdtempSync(path.join(tmpdir(), "tidemark-keys-"));
const kekFile = path.join(folder, "keks");
const { send } = inProcessClient(token);
let database: TestDatabase;
let store: TestKeyStore;
let server: Stub;
let runs: Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await createTestKeyStore(database);
  writeFileSync(kekFile, (store.kek as { text: string }).text);
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_KEYS_URL = store.url;
  process.env.TIDEMARK_KEK_FILE = kekFile;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({
    ...{ url: database.url, schema: "tidemark" },
    keys: { url: store.url, kek: { file: kekFile }, mayMakeKek: false },
  });
  const { pool, runKinds } = await tidemark();
  const log = createLogger("worker", { level: "silent" });
  runs = executeRuns({ pool, kinds: runKinds, worker: "test", signal: stop.signal, log });
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
  await runs;
  await (await tidemark()).close();
  await store.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

const tell = (...args: readonly string[]) => runLine(args, { environment: { url: server.url, token } });
const status = async () => (await send("GET", "/api/v1/local/keys")).json;

test("how the key store stands is told, its key-encryption key is rotated by a run that is audited, and one that does not answer is no empty one", async () => {
  const { keys } = await tidemark();
  const kekText = readFileSync(kekFile, "utf8");
  appendFileSync(kekFile, `\n${newKek()}\n`);
  expect((await tell("keys")).out).toContain("older, still needed for the secret of the digests: rotate");
  writeFileSync(kekFile, kekText);
  await keys?.keysToSeal(null, ["ann", "bob"]);
  const [old] = (await status()).keks;
  expect(await status()).toMatchObject({
    state: "ready",
    sealing: true,
    live: { keys: 2, more: false },
    destroyed: { keys: 0 },
  });

  appendFileSync(kekFile, `\n${newKek()}\n`);
  const before = await tell("keys");
  expect(before.code).toBe(0);
  expect(before.out).toContain("2 live, 0 destroyed");
  expect(before.out).toContain("new events are sealed");
  expect(before.out).toMatch(new RegExp(`${old.id} +2 +file +older, still needed`));
  expect(before.out).toMatch(/[0-9a-f]{16} +0 +file +the newest, wraps new keys/);
  const rotated = await tell("keys", "rotate", "--follow", "--reason", "a year has passed");
  expect(rotated.out + rotated.err).toContain("succeeded");
  expect(rotated.code).toBe(0);
  const after = await tell("keys");
  expect(after.out).toMatch(new RegExp(`${old.id} +0 +file +older, not needed`));
  const { json } = await send("GET", "/api/v1/local/audit?act=rotate-keys");
  expect(json.entries).toMatchObject([{ target: "keys", reason: "a year has passed", outcome: "done" }]);

  await store.sql("alter table tidemark_keys.key_store rename to key_store_away");
  try {
    expect(await status()).toEqual({ state: "down", why: expect.stringContaining("cannot be asked") });
    expect((await tell("keys")).code).toBe(75);
    expect((await send("POST", "/api/v1/local/keys/rotate")).status).toBe(503);
  } finally {
    await store.sql("alter table tidemark_keys.key_store_away rename to key_store");
  }
  expect((await status()).state).toBe("ready");
});
