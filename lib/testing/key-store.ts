import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type { CacheBounds } from "@/lib/keys/key-cache";
import { KEYS } from "@/lib/keys/key-rows";
import type { KeyStore } from "@/lib/keys/key-store";
import { type KekSource, openKeks } from "@/lib/keys/open-keks";
import { openKeyStore } from "@/lib/keys/open-key-store";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { readStoreIdentity } from "@/lib/keys/store-identity";
import { databaseUrl } from "@/lib/testing/cluster";
import type { TestDatabase } from "@/lib/testing/database";

/** A key database of its own, bound to the store of a test database. */
export type TestKeyStore = {
  readonly url: string;
  readonly kek: KekSource;
  readonly keys: KeyStore;
  /** Opens it once more, as another process would. `close` closes it. */
  readonly another: (options?: { kek?: KekSource; cache?: CacheBounds }) => KeyStore;
  /** As the owner of the key database. */
  readonly sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** Destroys a key, as a shred does. */
  readonly destroy: (id: string) => Promise<void>;
  /** Closes what was opened here, and removes the database. */
  readonly close: () => Promise<void>;
};

/** A new key-encryption key, as a line of its file. */
export function newKek(): string {
  return randomBytes(32).toString("base64");
}

/** Makes a key database beside `events`. Takes about 150 ms. */
export async function createTestKeyStore(
  events: TestDatabase,
  kek: KekSource = { text: newKek() },
): Promise<TestKeyStore> {
  const { adminUrl, template } = inject("testCluster");
  const name = template.replace(/template$/, `keys_${randomBytes(6).toString("hex")}`);
  await once(adminUrl, `create database ${name}`);
  const url = databaseUrl(adminUrl, name);
  await prepareKeys({ events: { url: events.url, schema: "tidemark" }, url, kek, mayMakeKek: false });
  const opened: KeyStore[] = [];
  const another: TestKeyStore["another"] = ({ kek: source = kek, cache } = {}) => {
    const expected = () => readStoreIdentity(events.pool);
    const keys = openKeyStore({
      url,
      applicationName: "test-keys",
      kek: openKeks(source),
      expected,
      ...(cache && { cache }),
    });
    opened.push(keys);
    return keys;
  };
  const sql: TestKeyStore["sql"] = (text, values) => once(url, text, values);
  return {
    url,
    kek,
    keys: another(),
    another,
    sql,
    destroy: async (id) => {
      await sql(
        `update ${KEYS.schema}.subject_keys set state = 'destroyed', wrapped = null, kek = null, destroyed_at = clock_timestamp() where id = $1`,
        [id],
      );
    },
    close: async () => {
      await Promise.all(opened.map((keys) => keys.close()));
      await once(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function once(url: string, text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
