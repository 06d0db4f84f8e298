import type pg from "pg";
import type { Wrapped } from "@/lib/keys/kek";
import type { KeyPlace } from "@/lib/keys/subject-key";

/** Where the tables of a key database are, and who works on them. */
export const KEYS = { schema: "tidemark_keys", role: "tidemark_keys" } as const;

/** A row of the key database. A destroyed key has no wrapped bytes any more, and never again. */
export type KeyRow = KeyPlace &
  (
    | { readonly state: "live"; readonly wrapped: Wrapped }
    | { readonly state: "destroyed"; readonly destroyedAt: string }
  );

/** A key that was just made, with its wrapped bytes. */
export type NewKey = KeyPlace & { readonly wrapped: Wrapped };

type Found = KeyPlace & {
  readonly state: "live" | "destroyed";
  readonly wrapped: Buffer | null;
  readonly kek: string | null;
  readonly destroyedAt: string | null;
};

const COLUMNS = `id, tenant, encode(subject, 'hex') as subject, epoch, state, wrapped, kek, destroyed_at as "destroyedAt"`;

/** The rows of these ids; those that do not exist are not in the answer. */
export async function readKeys(pool: pg.Pool, ids: readonly string[]): Promise<readonly KeyRow[]> {
  const { rows } = await pool.query<Found>(`select ${COLUMNS} from subject_keys where id = any ($1::uuid[])`, [ids]);
  return rows.map(toRow);
}

/** The latest row of each of these digests that has one. */
export async function readLatest(pool: pg.Pool, subjects: readonly string[]): Promise<readonly KeyRow[]> {
  const { rows } = await pool.query<Found>(
    `select distinct on (subject_keys.subject) ${COLUMNS} from subject_keys
      where subject_keys.subject in (select decode(digest, 'hex') from unnest($1::text[]) as digest)
      order by subject_keys.subject, epoch desc`,
    [subjects],
  );
  return rows.map(toRow);
}

/** A place in the order of a rotation: by key-encryption key, then by key. */
export type WrapPlace = { readonly kek: string; readonly id: string };

/** Before every other place. */
export const FIRST_PLACE: WrapPlace = { kek: "", id: "00000000-0000-0000-0000-000000000000" };

/** Live keys after a place, in its order, that stand under other key-encryption keys than this one. */
export async function readWrappedOtherwise(
  pool: pg.Pool,
  kek: string,
  after: WrapPlace,
  limit: number,
): Promise<readonly (KeyPlace & { readonly wrapped: Wrapped })[]> {
  // Two ranges of one index, so that a step costs the same however many keys stand under the newest one.
  const part = (side: "<" | ">") =>
    `(select ${COLUMNS} from subject_keys where state = 'live' and kek ${side} $1 and (kek, id) > ($2, $3::uuid)
       order by kek, id limit $4)`;
  const { rows } = await pool.query<Found>(`${part("<")} union all ${part(">")} order by kek, id limit $4`, [
    ...[kek, after.kek, after.id, limit],
  ]);
  return rows.map(toRow).filter((row) => row.state === "live");
}

/** Stores new keys, each at its place; where somebody else has made one meanwhile, that one stays. Returns the ids of those that were stored. */
export async function insertKeys(pool: pg.Pool, keys: readonly NewKey[]): Promise<ReadonlySet<string>> {
  // In one order everywhere, so that two who make keys for the same people wait and never stand in each other's way.
  const sorted = [...keys].sort((a, b) => (a.subject < b.subject ? -1 : 1));
  const { rows } = await pool.query<{ id: string }>(
    `insert into subject_keys (id, tenant, subject, epoch, wrapped, kek)
       select id, tenant, decode(subject, 'hex'), epoch, wrapped, kek
         from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bytea[], $6::text[])
              with ordinality as new (id, tenant, subject, epoch, wrapped, kek, nth) order by nth
       on conflict do nothing returning id`,
    [
      ...[sorted.map(({ id }) => id), sorted.map(({ tenant }) => tenant), sorted.map(({ subject }) => subject)],
      ...[sorted.map(({ epoch }) => epoch), sorted.map(({ wrapped }) => wrapped.bytes)],
      sorted.map(({ wrapped }) => wrapped.kek),
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Puts new wrapped bytes in the place of those that were read; does nothing to a key that has been destroyed or wrapped meanwhile. */
export async function replaceWrapped(
  pool: pg.Pool,
  changes: readonly { readonly id: string; readonly before: Wrapped; readonly after: Wrapped }[],
): Promise<void> {
  await pool.query(
    `update subject_keys as k set wrapped = c.next, kek = c.kek
       from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[]) as c (id, before, next, kek)
      where k.id = c.id and k.state = 'live' and k.wrapped = c.before`,
    [
      ...[changes.map(({ id }) => id), changes.map(({ before }) => before.bytes)],
      ...[changes.map(({ after }) => after.bytes), changes.map(({ after }) => after.kek)],
    ],
  );
}

/** Puts a new wrapping of the digests' secret in the place of the one that was read. */
export async function replaceSecret(pool: pg.Pool, before: Wrapped, after: Wrapped): Promise<void> {
  await pool.query("update key_store set wrapped_secret = $2, kek = $3 where wrapped_secret = $1", [
    ...[before.bytes, after.bytes, after.kek],
  ]);
}

function toRow({ state, wrapped, kek, destroyedAt, ...place }: Found): KeyRow {
  return state === "live"
    ? { ...place, state, wrapped: { kek: kek ?? "", bytes: wrapped ?? Buffer.alloc(0) } }
    : { ...place, state, destroyedAt: destroyedAt ?? "" };
}
