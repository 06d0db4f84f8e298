import type pg from "pg";
import type { KekDriver, KekKeeper } from "@/lib/keys/kek";
import { readKeyStoreIdentity } from "@/lib/keys/store-identity";
import { aboutSecret } from "@/lib/keys/subject-key";

/** A count that stops where it would take long: `more` says that there are more. */
export type BoundedCount = { readonly keys: number; readonly more: boolean };

/** How a key store stands; never a key, an address or a person. */
export type KeyStoreStatus = {
  readonly identity: string;
  readonly since: string;
  readonly live: BoundedCount;
  readonly destroyed: BoundedCount;
  /**
   * Key-encryption keys by id: those that were given, the newest last, and those under which something stands although they
   * were not given (`given` is false: what is under them cannot be opened). One that is not the newest, and under which there are
   * neither keys nor the secret of the digests, can go.
   */
  readonly keks: readonly KekStanding[];
};

/** A key-encryption key and how many keys stand under it; `keeper` is null for one that was not given. */
export type KekStanding = BoundedCount & {
  readonly id: string;
  readonly keeper: KekKeeper | null;
  readonly given: boolean;
  readonly newest: boolean;
  /** Whether the secret of the digests stands under it: a rotation wraps that anew, too. */
  readonly secret: boolean;
};

const COUNTED_MAX = 100_000;

/** Reads how the key store stands; undefined in one that is not made yet. Throws `KeyStoreDown` when nothing can be unwrapped now. */
export async function readStatus(pool: pg.Pool, driver: KekDriver): Promise<KeyStoreStatus | undefined> {
  const [given, found, underKeks, destroyed] = await Promise.all([
    driver.given(),
    readKeyStoreIdentity(pool),
    pool.query<{ id: string; keys: number }>(UNDER_KEKS, [COUNTED_MAX + 1]),
    pool.query<{ keys: number }>(DESTROYED, [COUNTED_MAX + 1]),
  ]);
  if (!found) return undefined;
  // The secret of the digests stands under one, too.
  const counts = new Map([[found.secret.kek, 0], ...underKeks.rows.map(({ id, keys }) => [id, keys] as const)]);
  const keepers = new Map(given.map(({ id, keeper }) => [id, keeper]));
  // What is remembered says nothing about whether the keeper of the key-encryption keys answers now.
  if (keepers.has(found.secret.kek)) (await driver.unwrap(found.secret, aboutSecret(found.identity))).fill(0);
  const known = [...[...counts.keys()].filter((id) => !keepers.has(id)), ...keepers.keys()];
  const live = [...counts.values()].reduce((sum, keys) => sum + keys, 0);
  return {
    identity: found.identity,
    since: found.since,
    live: bounded(live),
    destroyed: bounded(destroyed.rows[0]?.keys ?? 0),
    keks: known.map((id) => ({
      id,
      ...bounded(counts.get(id) ?? 0),
      keeper: keepers.get(id) ?? null,
      given: keepers.has(id),
      newest: id === given.at(-1)?.id,
      secret: id === found.secret.kek,
    })),
  };
}

function bounded(counted: number): BoundedCount {
  return { keys: Math.min(counted, COUNTED_MAX), more: counted > COUNTED_MAX };
}

/** From one key-encryption key in use to the next, whatever the number of keys under each. */
const UNDER_KEKS = `
  with recursive used (id) as (
    (select kek from subject_keys where state = 'live' order by kek limit 1)
    union all
    select (select k.kek from subject_keys k where k.state = 'live' and k.kek > used.id order by k.kek limit 1)
      from used where used.id is not null
  )
  select id, (select count(*)::int from (select from subject_keys k where k.state = 'live' and k.kek = used.id limit $1) as under) as keys
    from used where id is not null`;

const DESTROYED =
  "select count(*)::int as keys from (select from subject_keys where state = 'destroyed' limit $1) as destroyed";
