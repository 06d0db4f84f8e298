import type pg from "pg";
import { WrongKeyStore } from "@/lib/keys/errors";
import type { Wrapped } from "@/lib/keys/kek";

/** Which store the events are in, and which key store it was bound to; null before it has had one. */
export type StoreIdentity = { readonly store: string; readonly keyStore: string | null };

/** Which key store this is, whose, and the secret of its digests. */
export type KeyStoreIdentity = {
  readonly identity: string;
  readonly store: string;
  readonly since: string;
  readonly secret: Wrapped;
};

/** Read from the database of the events. */
export async function readStoreIdentity(pool: pg.Pool | pg.PoolClient): Promise<StoreIdentity> {
  const { rows } = await pool.query<StoreIdentity>(`select store, key_store as "keyStore" from store_identity`);
  const [found] = rows;
  if (!found) throw new Error("The store has no identity: its migrations are not done.");
  return found;
}

/** Read from the key database; undefined in a new one. */
export async function readKeyStoreIdentity(pool: pg.Pool): Promise<KeyStoreIdentity | undefined> {
  const { rows } = await pool.query<Omit<KeyStoreIdentity, "secret"> & { bytes: Buffer; kek: string }>(
    "select identity, store, since, wrapped_secret as bytes, kek from key_store",
  );
  const [found] = rows;
  if (!found) return undefined;
  const { bytes, kek, ...rest } = found;
  return { ...rest, secret: { bytes, kek } };
}

/**
 * Throws `WrongKeyStore` unless the two belong together. `found` is undefined where the key database is empty, which is right
 * only for a store that has had no key store yet.
 */
export function refuseForeign(
  { store, keyStore }: StoreIdentity,
  found: Pick<KeyStoreIdentity, "identity" | "store"> | undefined,
): void {
  const facts = { expected: keyStore, found: found?.identity ?? null };
  if (!found && keyStore !== null) {
    throw new WrongKeyStore(
      `The key database is empty, but this store's personal fields are sealed with the key store ${keyStore}. Point TIDEMARK_KEYS_URL at that one, or restore it from its backup. Nothing was changed.`,
      facts,
    );
  }
  if (found && keyStore !== null && found.identity !== keyStore) {
    throw new WrongKeyStore(
      `TIDEMARK_KEYS_URL names the key store ${found.identity}, but this store's personal fields are sealed with ${keyStore}. Point it at that one. Nothing was read or changed.`,
      facts,
    );
  }
  if (found && found.store !== store) {
    throw new WrongKeyStore(
      `The key store ${found.identity} holds the keys of another store (${found.store}), not of this one (${store}). Give each store a key database of its own; if the events were begun anew on purpose, move the old key database away.`,
      facts,
    );
  }
}
