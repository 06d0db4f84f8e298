import { randomBytes } from "node:crypto";
import path from "node:path";
import type pg from "pg";
import { migrate } from "@/lib/db/migrate";
import { checkServer, openPool } from "@/lib/db/pool";
import { TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import { destroyAgain } from "@/lib/keys/destroy-again";
import { WrongKeyStore } from "@/lib/keys/errors";
import type { KekDriver } from "@/lib/keys/kek";
import { makeKekFile } from "@/lib/keys/kek-file";
import { KEYS } from "@/lib/keys/key-rows";
import { type KekSource, openKeks } from "@/lib/keys/open-keks";
import {
  type KeyStoreIdentity,
  readKeyStoreIdentity,
  readStoreIdentity,
  refuseForeign,
  type StoreIdentity,
} from "@/lib/keys/store-identity";
import { aboutSecret } from "@/lib/keys/subject-key";

/** The events' database as its owner, and the key database; `url` is undefined where there is none. */
export type KeyPreparation = {
  readonly events: { readonly url: string; readonly schema: string };
  readonly url: string | undefined;
  readonly kek: KekSource;
  /** Whether a key store of our own may be given a new key-encryption key at its first start. */
  readonly mayMakeKek: boolean;
};

/**
 * Makes the key database ready for this version of the code and binds the store to it, for good. A key database that does
 * not belong to the store, or a key-encryption key that does not open it, is refused before anything is changed. One that was
 * restored from a backup loses again what was destroyed since. Safe to run again and from several processes at once.
 */
export async function prepareKeys({ events, url, kek, mayMakeKek }: KeyPreparation): Promise<void> {
  const owner = openPool({ ...events, role: null, max: 1, applicationName: "tidemark-prepare" });
  try {
    const store = await readStoreIdentity(owner);
    if (url === undefined) return refuseWithout(store);
    const keys = openPool({ url, schema: KEYS.schema, role: null, max: 1, applicationName: "tidemark-prepare" });
    const driver = openKeks(kek);
    try {
      await checkServer(keys);
      await refuseTogether(keys, events.schema);
      refuseForeign(store, await readIfMade(keys));
      await migrate({ url, schema: KEYS.schema, folder: path.resolve("drizzle/keys"), writtenFor: KEYS.schema });
      const found =
        (await readKeyStoreIdentity(keys)) ??
        (await make(keys, store, driver, mayMakeKek && "file" in kek ? kek.file : null));
      refuseForeign(store, found);
      (await driver.unwrap(found.secret, aboutSecret(found.identity))).fill(0);
      await bind(owner, found);
      await destroyAgain(owner, keys);
    } finally {
      await keys.end();
      await driver.close();
    }
  } finally {
    await owner.end();
  }
}

/** Without a key store nothing is sealed; a store that has sealed already would read as if its keys were lost. */
function refuseWithout({ keyStore }: StoreIdentity): void {
  if (keyStore === null) return;
  throw new WrongKeyStore(
    `This store's personal fields are sealed with the key store ${keyStore}, and TIDEMARK_KEYS_URL is not set. Set it to the database of that key store.`,
    { expected: keyStore, found: null },
  );
}

/** Whoever backs the events up would back their keys up with them. */
async function refuseTogether(keys: pg.Pool, schema: string): Promise<void> {
  const { rows } = await keys.query("select to_regclass($1) is not null as together", [`${schema}.events`]);
  if (!rows[0]?.together) return;
  throw new TidemarkError(
    "conflict",
    "TIDEMARK_KEYS_URL names the database of the events. Keys stand in a database of their own, with backups of their own: create one and name it.",
  );
}

async function readIfMade(keys: pg.Pool): Promise<KeyStoreIdentity | undefined> {
  const { rows } = await keys.query("select to_regclass($1) is not null as made", [`${KEYS.schema}.key_store`]);
  return rows[0]?.made ? readKeyStoreIdentity(keys) : undefined;
}

/** The key-encryption key is on disk before anything is wrapped with it. */
async function make(keys: pg.Pool, { store }: StoreIdentity, driver: KekDriver, newFile: string | null) {
  if (newFile !== null) makeKekFile(newFile);
  const identity = newId();
  const secret = randomBytes(32);
  const { bytes, kek } = await driver.wrap(secret, aboutSecret(identity));
  secret.fill(0);
  await keys.query(
    "insert into key_store (identity, store, wrapped_secret, kek) values ($1, $2, $3, $4) on conflict do nothing",
    [identity, store, bytes, kek],
  );
  const made = await readKeyStoreIdentity(keys);
  if (!made) throw new TidemarkError("internal", "The key store was not stored.");
  return made;
}

async function bind(owner: pg.Pool, found: KeyStoreIdentity): Promise<void> {
  await owner.query(
    "update store_identity set key_store = $1, key_store_since = clock_timestamp() where key_store is null",
    [found.identity],
  );
  refuseForeign(await readStoreIdentity(owner), found);
}
