import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createReadDatabase } from "@/lib/db/read-database";
import { modules } from "@/lib/domain";
import { createEventStore } from "@/lib/event-store/store";
import { newSigningKey } from "@/lib/integrity/signing-key";
import type { FailpointLabel } from "@/lib/kernel/failpoint";
import { approveShred } from "@/lib/operations/decide-shred";
import type { OperationContext } from "@/lib/operations/operation";
import { requestShred } from "@/lib/operations/request-shred";
import { createSealing } from "@/lib/privacy/sealing";
import { previewRun } from "@/lib/shred/preview-run";
import { readRequest } from "@/lib/shred/shred-request";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createTestKeyStore, type TestKeyStore } from "@/lib/testing/key-store";
import { letCool } from "@/lib/testing/shred-store";
import { bundleWorker, type WorkerProcesses } from "@/lib/testing/worker-processes";

let database: TestDatabase;
let vault: TestKeyStore;
let processes: WorkerProcesses;

beforeAll(async () => {
  database = await createTestDatabase();
  vault = await createTestKeyStore(database);
  processes = await bundleWorker(database.url);
});

afterAll(async () => {
  await processes?.close();
  await vault?.close();
  await database?.close();
});

const signing = newSigningKey("example.com/log");
const environment = (): Record<string, string> => ({
  TIDEMARK_KEYS_URL: vault.url,
  TIDEMARK_KEK: (vault.kek as { text: string }).text,
  TIDEMARK_SIGNING_KEY: signing,
});

/** What operations of a privacy officer work with. */
function contextOf(who: string): OperationContext {
  const { pool } = database;
  const { keys } = vault;
  const catalog = createCatalog(modules, [], keys);
  const store = createEventStore({ pool, sealing: createSealing(keys, catalog.personalPaths) });
  return {
    ...{ pool, reads: createReadDatabase(pool), store, catalog, keys, runKinds: [previewRun({ pool, catalog, keys })] },
    ...{ safety: "open", twoPersons: true, requestId: "r-1" },
    principal: { id: who, role: "privacy-officer", via: "token" },
  } as unknown as OperationContext;
}

/** Lets a worker die at a step, and its leases be over, as they are a minute later. */
async function kill(label: FailpointLabel): Promise<void> {
  const { child, exited } = processes.start({ ...environment(), TIDEMARK_FAILPOINT: `${label}:1` });
  await exited;
  expect({ label, signal: child.signalCode }).toEqual({ label, signal: "SIGKILL" });
  await database.pool.query("update duties set lease_expires_at = clock_timestamp()");
  await database.pool.query("update runs set lease_expires_at = clock_timestamp() where ended_at is null");
}

const shredRuns = async () =>
  (await database.pool.query("select id::text as id, state from runs where kind = 'shred'")).rows;

test("workers killed while they begin what has cooled off, or before its first step, neither lose it nor begin it twice", async () => {
  const { store } = contextOf("ada");
  const data = JSON.stringify({ customerId: "c-1", name: "Ada King", email: "ada@example.org" });
  await store.append({
    writes: [{ stream: "order-1", expectedVersion: "none", events: [{ type: "CartOpened", schemaVersion: 1, data }] }],
  });
  const reason = "she asked for it";
  const asking = requestShred(contextOf("ada"), { subject: "c-1", reason, coolingMinutes: 60 });
  const { id } = (await asking).request;
  const looking = processes.start(environment());
  const preview = await eventually(async () => (await readRequest(database.pool, id)).previewHash ?? false, {
    what: "the preview",
  });
  looking.child.kill("SIGKILL");
  await looking.exited;
  await approveShred(contextOf("bob"), { request: id, preview });
  await letCool(database, id);

  await kill("shred.before-begin");
  expect(await shredRuns()).toEqual([]);
  expect(await readRequest(database.pool, id)).toMatchObject({ state: "approved", run: null });
  await kill("shred.after-begin");
  const begun = await shredRuns();
  expect(begun).toHaveLength(1);
  expect(await readRequest(database.pool, id)).toMatchObject({ state: "approved", run: begun[0].id });
  await kill("run.after-claim");
  expect(await readRequest(database.pool, id)).toMatchObject({ state: "approved", run: begun[0].id });
  const [digestKey] = await vault.keys.personKeys((await readRequest(database.pool, id)).subject);
  expect(digestKey?.state).toBe("live");

  processes.start(environment());
  await eventually(async () => (await readRequest(database.pool, id)).state === "completed", {
    ...{ deadlineMs: 60_000, everyMs: 100, what: "the request to be completed" },
  });
  expect(await shredRuns()).toEqual([{ id: begun[0].id, state: "succeeded" }]);
}, 120_000);
