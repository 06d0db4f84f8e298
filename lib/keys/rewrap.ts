import type pg from "pg";
import { TidemarkError } from "@/lib/kernel/errors";
import { mapAtOnce } from "@/lib/keys/at-once";
import type { KekDriver, Wrapped } from "@/lib/keys/kek";
import { readWrappedOtherwise, replaceSecret, replaceWrapped, type WrapPlace } from "@/lib/keys/key-rows";
import { readKeyStoreIdentity } from "@/lib/keys/store-identity";
import { aboutKey, aboutSecret } from "@/lib/keys/subject-key";

/** A step of a rotation: how many keys were looked at, which of them do not open, and where the next one begins. */
export type Rewrapped = {
  /** The key-encryption key that they stand under now. */
  readonly kek: string;
  readonly keys: number;
  readonly damaged: readonly string[];
  /** Null when nothing was left. */
  readonly last: WrapPlace | null;
};

/**
 * Wraps up to `limit` live keys after a place under the newest key-encryption key, and the secret of digests. Doing it twice
 * does nothing more; a key that is destroyed meanwhile stays so. Throws `KeyStoreDown` when an older one is missing that is needed.
 */
export async function rewrapSome(
  pool: pg.Pool,
  driver: KekDriver,
  after: WrapPlace,
  limit: number,
): Promise<Rewrapped> {
  const kek = (await driver.given()).at(-1)?.id ?? "";
  const found = await readKeyStoreIdentity(pool);
  if (!found) throw new TidemarkError("internal", "A key store without an identity cannot be rotated.");
  if (found.secret.kek !== kek) {
    await replaceSecret(pool, found.secret, await again(driver, found.secret, aboutSecret(found.identity)));
  }
  const rows = await readWrappedOtherwise(pool, kek, after, limit);
  const damaged: string[] = [];
  const changes: { id: string; before: Wrapped; after: Wrapped }[] = [];
  await mapAtOnce(rows, async ({ wrapped: before, ...place }) => {
    try {
      changes.push({ id: place.id, before, after: await again(driver, before, aboutKey(found.identity, place)) });
    } catch (error) {
      if (!(error instanceof TidemarkError) || error.code !== "internal") throw error;
      damaged.push(place.id);
    }
  });
  if (changes.length > 0) await replaceWrapped(pool, changes);
  const last = rows.at(-1);
  return { kek, keys: rows.length, damaged, last: last ? { kek: last.wrapped.kek, id: last.id } : null };
}

async function again(driver: KekDriver, wrapped: Wrapped, about: string): Promise<Wrapped> {
  const bytes = await driver.unwrap(wrapped, about);
  try {
    return await driver.wrap(bytes, about);
  } finally {
    bytes.fill(0);
  }
}
