import type pg from "pg";
import { MERKLE_DUTY } from "@/lib/integrity/duty";
import type { SigningKey } from "@/lib/integrity/signing-key";
import { type NoteVerifier, parseVerifier } from "@/lib/kernel/checkpoint-note";
import { InvalidRequest, TidemarkError } from "@/lib/kernel/errors";

/** The key that signs now: its number, the log's name, and from which size it signs, in whose place; null for the first. */
export type SigningNow = {
  readonly id: number;
  readonly origin: string;
  readonly fromSize: number;
  readonly replaces: string | null;
};

type KeyRow = { readonly id: number; readonly origin: string; readonly verifier: string; readonly from_size: bigint };

/**
 * Makes `key` the first key of the store's log where it has none. Resolves with what it signs as when it is the one that signs now;
 * else with the one that does, and `key` is offered to operators as its
 * successor, unless it had its time.
 */
export async function registerKey(
  pool: pg.Pool,
  key: SigningKey,
  worker: string,
): Promise<SigningNow | { readonly signs: string }> {
  await pool.query(
    `insert into signing_keys (id, origin, verifier) select 1, $1, $2 where not exists (select from signing_keys) on conflict do nothing`,
    [key.name, key.verifier],
  );
  const [now, before] = (
    await pool.query<KeyRow>("select id, origin, verifier, from_size from signing_keys order by id desc limit 2")
  ).rows;
  if (now === undefined) throw new Error("There is no signing key after one was registered.");
  if (now.verifier === key.verifier) {
    return { id: now.id, origin: now.origin, fromSize: Number(now.from_size), replaces: before?.verifier ?? null };
  }
  await offerKey(pool, key, worker);
  return { signs: now.verifier };
}

/** Those of long ago are forgotten with each new one, so there are few. */
async function offerKey(pool: pg.Pool, { verifier }: SigningKey, worker: string): Promise<void> {
  await pool.query("delete from signing_key_offers where seen_at < clock_timestamp() - interval '1 day'");
  await pool.query(
    `insert into signing_key_offers (verifier, worker)
       select $1, $2 where not exists (select from signing_keys where verifier = $1)
     on conflict (verifier) do update set worker = excluded.worker, seen_at = clock_timestamp()`,
    [verifier, worker],
  );
}

/** A key that has begun, and the one in whose place; it signs what is larger than `fromSize`. */
export type KeyBegun = { readonly key: string; readonly replaces: string; readonly fromSize: number };

/**
 * Begins a key in the place of the one that signs now, in the caller's transaction: once that is committed, the one of before signs
 * nothing more. Throws `InvalidRequest` for what is no key of this log's name, `conflict` where the log has none yet or had this one.
 */
export async function beginKey(client: pg.PoolClient, text: string): Promise<KeyBegun> {
  const verifier = text.trim();
  const { name } = await parseVerifier(verifier);
  await client.query("select from duties where name = $1 for no key update", [MERKLE_DUTY]);
  const { rows } = await client.query<KeyRow>(
    "select id, origin, verifier, from_size from signing_keys order by id desc",
  );
  const [now] = rows;
  if (now === undefined) {
    throw new TidemarkError("conflict", "The log has no key yet: the first worker that starts gives it one.");
  }
  if (name !== now.origin) {
    const message = `must be a key of the name ${now.origin}, that of the log`;
    throw new InvalidRequest(`The key ${message}.`, [{ path: "key", message }]);
  }
  if (rows.some((row) => row.verifier === verifier)) {
    const which = now.verifier === verifier ? "signs already" : "was replaced before, and does not come back";
    throw new TidemarkError("conflict", `The key ${verifier} ${which}.`, { key: verifier });
  }
  const begun = await client.query<{ from_size: bigint }>(
    "insert into signing_keys (id, origin, verifier) values ($1, $2, $3) returning from_size",
    [now.id + 1, now.origin, verifier],
  );
  await client.query("delete from signing_key_offers where verifier = $1", [verifier]);
  return { key: verifier, replaces: now.verifier, fromSize: Number(begun.rows[0]?.from_size ?? 0) };
}

/** Finds the key that signs notes of a size: the last that began below it. */
export async function readKeys(client: pg.PoolClient): Promise<(size: number) => NoteVerifier | undefined> {
  const { rows } = await client.query<KeyRow>(
    "select id, origin, verifier, from_size from signing_keys order by id desc",
  );
  const keys = await Promise.all(
    rows.map(async (row) => ({ from: Number(row.from_size), verifier: await parseVerifier(row.verifier) })),
  );
  return (size) => keys.find(({ from }) => from < size)?.verifier;
}
