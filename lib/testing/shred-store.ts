import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { removeFinished } from "@/lib/export/export-file";
import { exportPersonRun } from "@/lib/export/export-person-run";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { newSigningKey } from "@/lib/integrity/signing-key";
import type { KeyStore } from "@/lib/keys/key-store";
import { approveShred } from "@/lib/operations/decide-shred";
import type { OperationContext } from "@/lib/operations/operation";
import { requestShred } from "@/lib/operations/request-shred";
import { createSealing } from "@/lib/privacy/sealing";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { registerProjections } from "@/lib/projections/register-projections";
import { executeRuns } from "@/lib/runs/run-executor";
import { beginDueShreds } from "@/lib/shred/begin-shred";
import { previewRun } from "@/lib/shred/preview-run";
import type { ShredRunParts } from "@/lib/shred/shred-context";
import { readRequest, type ShredRequest, type ShredState } from "@/lib/shred/shred-request";
import { shredRun } from "@/lib/shred/shred-run";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { createTestKeyStore, type TestKeyStore } from "@/lib/testing/key-store";
import { memberCatalog } from "@/lib/testing/member-domain";

/** A request by its id and the hash of its preview. */
type Asked = { readonly id: string; readonly preview: string };

/** A store of members with a key store, a worker that does all that workers do, and what tests of shreds do again and again. */
export type ShredStore = {
  readonly database: TestDatabase;
  readonly vault: TestKeyStore;
  /** What its checkpoints and certificates are signed with. */
  readonly privateKey: string;
  /** The folder into which its exports are written. */
  readonly exports: string;
  /** What an operation of this privacy officer works with, in a store that asks for two persons. */
  readonly context: (who: string) => OperationContext;
  readonly append: (member: string, email: string) => Promise<unknown>;
  readonly rename: (member: string, nick: string) => Promise<unknown>;
  /** Appends a member and waits until the read model has them. */
  readonly joined: (member: string) => Promise<void>;
  readonly emailOf: (member: string) => Promise<string | undefined>;
  /** A request of `ada` whose preview is there. */
  readonly asked: (member: string, more?: { legalBasis?: string; coolingMinutes?: number }) => Promise<Asked>;
  /** Approves it, as `bob` unless somebody else is named. */
  readonly approve: (asked: Asked, who?: string) => Promise<unknown>;
  /** Lets the cooling-off time of an approved request be over, as it is an hour later. */
  readonly letCool: (id: string) => Promise<void>;
  /** Waits until a request is in a state; or until its run has failed, with why. */
  readonly ended: (id: string, state: ShredState) => Promise<ShredRequest & { readonly failed?: string | undefined }>;
  readonly certificateOf: (id: string) => Promise<string>;
  /** Every table, read models of all generations included, in which a text stands. */
  readonly placesOf: (text: string) => Promise<string[]>;
  /** Has something done in the moment in which a key is destroyed. */
  readonly whileDestroying: (act: (() => void) | undefined) => void;
  readonly close: () => Promise<void>;
};

/** Makes one. */
export async function createShredStore(): Promise<ShredStore> {
  const database = await createTestDatabase({ max: 24 });
  const vault = await createTestKeyStore(database);
  const { pool } = database;
  let meanwhile: (() => void) | undefined;
  const keys: KeyStore = {
    ...vault.keys,
    destroy: async (digest, upTo) => {
      meanwhile?.();
      return vault.keys.destroy(digest, upTo);
    },
  };
  const privateKey = newSigningKey("example.com/log");
  const data = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-shred-"));
  const exports = path.join(data, "exports");
  const { context, write, stop } = await begin(database, keys, privateKey, exports);
  const invitedBy = { id: "host", name: "Host of them all" };
  const append: ShredStore["append"] = (member, email) => write(member, "Joined", 2, { email, invitedBy });
  const emailOf: ShredStore["emailOf"] = async (member) =>
    (await pool.query("select email from tidemark_read.member_fold where key = $1", [member])).rows[0]?.email;
  return {
    ...{ database, vault, privateKey, exports, context, append, emailOf },
    rename: (member, nick) => write(member, "Renamed", 1, { nick }),
    joined: async (member) => {
      const email = `${member}@example.org`;
      await append(member, email);
      await eventually(async () => (await emailOf(member)) === email, { what: `the row of ${member}` });
    },
    asked: async (member, more = {}) => {
      const { request } = await requestShred(context("ada"), { subject: member, reason: "she asked for it", ...more });
      return eventually(
        async () => {
          const { previewHash } = await readRequest(pool, request.id);
          return previewHash !== null && { id: request.id, preview: previewHash };
        },
        { what: "the preview" },
      );
    },
    approve: ({ id, preview }, who = "bob") => approveShred(context(who), { request: id, preview }),
    letCool: (id) => letCool(database, id),
    ended: (id, state) =>
      eventually(
        async () => {
          const request = await readRequest(pool, id);
          const { rows } = await pool.query("select state, error from runs where id = $1", [request.run]);
          if (rows[0]?.state === "failed") return { ...request, failed: String(rows[0].error) };
          return request.state === state && { ...request, failed: undefined };
        },
        { what: `the request to be ${state}` },
      ),
    certificateOf: async (id) =>
      String((await pool.query("select certificate from shred_requests where id = $1", [id])).rows[0]?.certificate),
    placesOf: (text) => placesOf(database, text),
    whileDestroying: (act) => {
      meanwhile = act;
    },
    close: async () => {
      await stop();
      fs.rmSync(data, { recursive: true });
      await vault.close();
      await database.close();
    },
  };
}

async function begin({ pool, url }: TestDatabase, keys: KeyStore, privateKey: string, exports: string) {
  const catalog = memberCatalog(keys);
  const store = createEventStore({ pool, sealing: createSealing(keys, catalog.personalPaths) });
  await registerProjections(pool, catalog.projections, catalog);
  const log = createLogger("test", { level: "fatal" });
  const stopping = new AbortController();
  const { signal } = stopping;
  const rebuild = rebuildRun(pool, catalog.projections, catalog);
  const exportPerson = exportPersonRun({ pool, catalog, keys }, exports);
  const removeFile: ShredRunParts["removeFile"] = (file) => removeFinished(exports, file);
  const signingKey = { text: privateKey };
  const kinds = [
    ...[rebuild, exportPerson, previewRun({ pool, catalog, keys })],
    shredRun({ pool, catalog, keys, store, build: "test", signingKey, rebuild, exportPerson, removeFile }),
  ];
  const noteFile = path.join(path.dirname(exports), "checkpoint-note");
  const working = Promise.all([
    runWorker({ url, pool, consumers: projectionConsumers(catalog.projections, catalog), workerId: "w", signal, log }),
    executeRuns({ pool, kinds, worker: "w", signal, log }),
    beginDueShreds({ pool, kinds, signal, log }),
    keepMerkleLog({ pool, owner: "w", key: signingKey, noteFile, signal, log }),
  ]);
  const reads = createReadDatabase(pool);
  return {
    context: (who: string) =>
      ({
        ...{ pool, reads, store, catalog, keys, runKinds: kinds, safety: "open", twoPersons: true, requestId: "r-1" },
        principal: { id: who, role: "privacy-officer", via: "token" },
      }) as unknown as OperationContext,
    write: (member: string, type: string, schemaVersion: number, data: object) => {
      const events = [{ type, schemaVersion, data: JSON.stringify({ memberId: member, ...data }) }];
      return store.append({ writes: [{ stream: `member-${member}`, expectedVersion: "any", events }] });
    },
    stop: async () => {
      stopping.abort();
      await working;
    },
  };
}

/** Lets the cooling-off time of an approved request be over, as it is an hour later: what keeps it is looked away for that. */
export async function letCool({ owner }: TestDatabase, id: string): Promise<void> {
  await owner.query("alter table tidemark.shred_requests disable trigger shred_requests_cooling");
  await owner.query(
    `update tidemark.shred_requests set approved_at = approved_at - interval '1 hour', begins_at = begins_at - interval '1 hour'
      where id = $1`,
    [id],
  );
  await owner.query("alter table tidemark.shred_requests enable trigger shred_requests_cooling");
}

async function placesOf({ owner }: TestDatabase, text: string): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('tidemark', 'tidemark_read')",
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const sql = `select exists (select from ${name} t where t::text like $1) as hit`;
    if ((await owner.query<{ hit: boolean }>(sql, [`%${text}%`])).rows[0]?.hit) found.push(name);
  }
  return found;
}
