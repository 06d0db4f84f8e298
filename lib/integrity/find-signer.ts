import type pg from "pg";
import { registerKey, type SigningNow } from "@/lib/integrity/log-keys";
import { readSigningKey, type SigningKey, signingKeyOf } from "@/lib/integrity/signing-key";
import { TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";

/** Where a process has its signing key: a text that was given, or a file, which is made when there is none. */
export type KeySource = { readonly text: string } | { readonly file: string };

/** The key of the log, and what it signs as. */
export type Signer = { readonly key: SigningKey; readonly as: SigningNow };

/** The process's key, when it is the one that signs this log now; the first one of a log is made that. Throws `conflict` for another. */
export async function findSigner(pool: pg.Pool, given: KeySource, worker: string): Promise<Signer> {
  const key = "text" in given ? readSigningKey(given.text) : signingKeyOf(given.file, await nameOf(pool));
  const registered = await registerKey(pool, key, worker);
  if ("origin" in registered) return { key, as: registered };
  throw new TidemarkError(
    "conflict",
    `This process has the signing key ${key.verifier}, but the log is signed with ${registered.signs}. Give it that key (TIDEMARK_SIGNING_KEY or the file signing-key of the data folder), or begin its own on the page Integrity if that of the log is lost; until then it signs nothing.`,
    { own: key.verifier, signs: registered.signs },
  );
}

/** A key that is made for a log takes the log's name; the first one makes a name that no other log has. */
async function nameOf(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ origin: string }>("select origin from signing_keys order by id limit 1");
  return rows[0]?.origin ?? `tidemark.local/${newId()}`;
}
