import { type KeyObject, randomBytes } from "node:crypto";
import type pg from "pg";
import { openPool } from "@/lib/db/pool";
import { isConnectionLoss, sqlState } from "@/lib/db/unavailable";
import { TidemarkError } from "@/lib/kernel/errors";
import { isUuid, newId } from "@/lib/kernel/ids";
import { mapAtOnce } from "@/lib/keys/at-once";
import { beginEpoch } from "@/lib/keys/begin-epoch";
import { cleanseKeys } from "@/lib/keys/cleanse-keys";
import { destroyKeys, readPersonKeys } from "@/lib/keys/destroy-keys";
import { KeyStoreDown, SubjectForgotten } from "@/lib/keys/errors";
import { hearOfDestroyed } from "@/lib/keys/hear-of-destroyed";
import type { KekDriver } from "@/lib/keys/kek";
import { type CacheBounds, KeyCache } from "@/lib/keys/key-cache";
import { insertKeys, KEYS, type KeyRow, type NewKey, readKeys, readLatest } from "@/lib/keys/key-rows";
import type { KeyStore, Opened, SubjectKey } from "@/lib/keys/key-store";
import { readPeople } from "@/lib/keys/list-people";
import { openReference, sealReference } from "@/lib/keys/person-reference";
import { readStatus } from "@/lib/keys/read-status";
import { renewAhead } from "@/lib/keys/renew-ahead";
import { rewrapSome } from "@/lib/keys/rewrap";
import { readKeyStoreIdentity, refuseForeign, type StoreIdentity } from "@/lib/keys/store-identity";
import { aboutKey, aboutSecret, digestSubject, type KeyPlace, toKeyObject, toSubjectKey } from "@/lib/keys/subject-key";

/** What a key store is opened with. */
export type KeyStoreParts = {
  /** Of the key database. */
  readonly url: string;
  readonly applicationName: string;
  /** Closed with the key store. */
  readonly kek: KekDriver;
  /** What the database of the events says, so that another store's keys are never used. */
  readonly expected: () => Promise<StoreIdentity>;
  readonly cache?: CacheBounds;
};

type Known = { readonly identity: string; readonly secret: KeyObject };

const NOT_READY = "it was not made ready yet; start Tidemark with `npm start` or `npm run migrate`";

const CACHE: CacheBounds = { maxAgeMs: 60_000, maxKeys: 10_000 };

/**
 * Opens the key store of a store; nothing is connected before the first call. Keys are remembered for a minute at most, only
 * while this process hears of destroyed ones.
 */
export function openKeyStore({ url, applicationName, kek, expected, cache: bounds = CACHE }: KeyStoreParts): KeyStore {
  const pool = openPool({ url, ...KEYS, max: 3, applicationName, statementTimeoutMs: 10_000 });
  const renewal = renewAhead(bounds.maxAgeMs / 60, (ids) => renew(ids));
  const cache = new KeyCache(bounds, renewal.add);
  const hearing = hearOfDestroyed(url, cache, () => {
    verified = undefined;
  });
  let verified: Promise<Known> | undefined;

  const verify = (): Promise<Known> => {
    hearing.begin();
    if (verified) return verified;
    const looking = identify(pool, kek, expected).catch((error: unknown) => {
      if (verified === looking) verified = undefined;
      throw error;
    });
    verified = looking;
    return looking;
  };

  const open = async (row: KeyRow, known: Known, news: number): Promise<Opened> => {
    const opened: Opened =
      row.state === "destroyed"
        ? { state: "destroyed", destroyedAt: row.destroyedAt }
        : { state: "live", key: toSubjectKey(row, await kek.unwrap(row.wrapped, aboutKey(known.identity, row))) };
    cache.put(row.id, opened, news);
    return opened;
  };

  const renew = async (ids: readonly string[]): Promise<void> => {
    const known = await verify();
    const { news } = cache;
    await mapAtOnce(await readKeys(pool, ids), (row) => open(row, known, news));
  };

  return {
    keyAtHand: (tenant, subject) => cache.liveOf(nameOf(tenant, subject)),
    keysToSeal: (tenant, subjects) =>
      asking(async () => {
        const known = await verify();
        const answer = new Map<string, SubjectKey>();
        const digests = new Map<string, string>();
        for (const subject of subjects) {
          const key = cache.liveOf(nameOf(tenant, subject));
          if (key) answer.set(subject, key);
          else digests.set(subject, digestSubject(known.secret, tenant, subject));
        }
        if (digests.size === 0) return answer;
        const keys = new Map<string, SubjectKey>();
        for (const digest of digests.values()) {
          const key = cache.live(digest);
          if (key) keys.set(digest, key);
        }
        const missing = [...new Set(digests.values())].filter((digest) => !keys.has(digest));
        const { news } = cache;
        const { rows, made } =
          missing.length === 0 ? { rows: [], made: [] } : await latestOrNew(pool, kek, known, tenant, missing);
        for (const key of made) {
          keys.set(key.subject, key);
          cache.put(key.id, { state: "live", key }, news);
        }
        await mapAtOnce(rows, async (row) => {
          const opened = await open(row, known, news);
          if (opened.state === "live") keys.set(row.subject, opened.key);
        });
        for (const [subject, digest] of digests) {
          const key = keys.get(digest) as SubjectKey;
          cache.knownAs(nameOf(tenant, subject), key.id);
          answer.set(subject, key);
        }
        return answer;
      }),
    keysToOpen: (ids) =>
      asking(async () => {
        const known = await verify();
        const answer = new Map<string, Opened>(ids.map((id) => [id, cache.get(id) ?? { state: "unknown" }]));
        const missing = [...answer].filter(([id, { state }]) => state === "unknown" && isUuid(id)).map(([id]) => id);
        const { news } = cache;
        await mapAtOnce(missing.length === 0 ? [] : await readKeys(pool, missing), async (row) => {
          answer.set(row.id, await open(row, known, news));
        });
        return answer;
      }),
    digest: (tenant, subject) => asking(async () => digestSubject((await verify()).secret, tenant, subject)),
    personKeys: (digest) =>
      asking(async () => {
        await verify();
        return readPersonKeys(pool, digest);
      }),
    people: (page) =>
      asking(async () => {
        await verify();
        return readPeople(pool, page);
      }),
    destroy: (digest, upTo) =>
      asking(async () => {
        await verify();
        const keys = await destroyKeys(pool, digest, upTo);
        for (const { id } of keys) cache.forget(id);
        return keys;
      }),
    cleanse: () =>
      asking(async () => {
        await verify();
        return cleanseKeys(url);
      }),
    beginEpoch: (tenant, subject) =>
      asking(async () => {
        const known = await verify();
        const bytes = randomBytes(32);
        try {
          return await beginEpoch(pool, digestSubject(known.secret, tenant, subject), (digest, epoch) =>
            wrapped(kek, known.identity, { id: newId(), tenant, subject: digest, epoch }, bytes),
          );
        } finally {
          bytes.fill(0);
        }
      }),
    sealReference: (subject, place) => asking(async () => sealReference((await verify()).secret, subject, place)),
    openReference: (sealed, place) => asking(async () => openReference((await verify()).secret, sealed, place)),
    rewrap: (after, limit) =>
      asking(async () => {
        await verify();
        return rewrapSome(pool, kek, after, limit);
      }),
    status: () =>
      asking(async () => {
        await verify();
        const status = await readStatus(pool, kek);
        if (!status) throw new KeyStoreDown(NOT_READY);
        return status;
      }),
    onDestroyed: (listener) => hearing.listen(listener),
    close: async () => {
      await hearing.stop();
      cache.close();
      await renewal.stop();
      await pool.end();
      await kek.close();
    },
  };
}

/** A person in the cache of keys; no two have one name. */
function nameOf(tenant: string | null, subject: string): string {
  return tenant === null ? `-${subject}` : `${tenant.length}:${tenant}${subject}`;
}

async function identify(pool: pg.Pool, kek: KekDriver, expected: () => Promise<StoreIdentity>): Promise<Known> {
  const [store, found] = await Promise.all([expected(), readKeyStoreIdentity(pool)]);
  refuseForeign(store, found);
  if (!found || store.keyStore === null) {
    throw new KeyStoreDown(NOT_READY);
  }
  const secret = toKeyObject(await kek.unwrap(found.secret, aboutSecret(found.identity)));
  return { identity: found.identity, secret };
}

/**
 * The live row of each digest, and a new key where there was none. What keeps the key-encryption key is asked once for each:
 * rows are still to be unwrapped, new keys are there already. Throws `SubjectForgotten`, before it makes any.
 */
async function latestOrNew(
  pool: pg.Pool,
  kek: KekDriver,
  { identity }: Known,
  tenant: string | null,
  subjects: readonly string[],
): Promise<{ readonly rows: readonly KeyRow[]; readonly made: readonly SubjectKey[] }> {
  const rows = await readLatest(pool, subjects);
  refuseForgotten(rows);
  const found = new Set(rows.map(({ subject }) => subject));
  const absent = subjects
    .filter((subject) => !found.has(subject))
    .map((subject) => ({ id: newId(), tenant, subject, epoch: 1, bytes: randomBytes(32) }));
  if (absent.length === 0) return { rows, made: [] };
  try {
    const news = await mapAtOnce(absent, ({ bytes, ...place }) => wrapped(kek, identity, place, bytes));
    const stored = await insertKeys(pool, news);
    // Until its row is known to be ours, nothing is done with a key: where somebody else was first, theirs is the key.
    const lost = absent.filter(({ id }) => !stored.has(id)).map(({ subject }) => subject);
    const theirs = lost.length === 0 ? [] : await readLatest(pool, lost);
    refuseForgotten(theirs);
    const made = absent.filter(({ id }) => stored.has(id)).map(({ bytes, ...place }) => toSubjectKey(place, bytes));
    return { rows: [...rows, ...theirs], made };
  } finally {
    for (const { bytes } of absent) bytes.fill(0);
  }
}

/** A key in the form in which it is stored at its place. The bytes stay the caller's to zero. */
async function wrapped(kek: KekDriver, identity: string, place: KeyPlace, bytes: Buffer): Promise<NewKey> {
  return { ...place, wrapped: await kek.wrap(bytes, aboutKey(identity, place)) };
}

function refuseForgotten(rows: readonly KeyRow[]): void {
  for (const row of rows) {
    if (row.state === "destroyed") throw new SubjectForgotten(row.subject, row.epoch, row.destroyedAt);
  }
}

/** Tells every failure of the key database as `KeyStoreDown`; what was raised on purpose stays. */
async function asking<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    if (sqlState(error) === undefined && !isConnectionLoss(error)) throw error;
    throw new KeyStoreDown(error instanceof Error ? error.message : String(error), error);
  }
}
