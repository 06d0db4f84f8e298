import type pg from "pg";
import { TidemarkError } from "@/lib/kernel/errors";

/** A hold that stands: nothing of this person is erased until it is released. */
export type LegalHold = {
  readonly id: string;
  readonly subject: string;
  readonly reason: string;
  readonly ticket: string | null;
  readonly setBy: string;
  readonly setAt: string;
};

/**
 * Makes holds and shreds of one person wait for each other until the caller's transaction ends, so that a hold is either seen by
 * the shred or comes too late for it, and says so.
 */
export async function lockPerson(client: pg.PoolClient, subject: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtextextended('tidemark person ' || $1, 0))", [subject]);
}

/** The hold that stands on a person; undefined where there is none. */
export async function readHold(client: pg.Pool | pg.PoolClient, subject: string): Promise<LegalHold | undefined> {
  const { rows } = await client.query<LegalHold>(
    `select id, subject, reason, ticket, set_by as "setBy", set_at as "setAt" from legal_holds
      where subject = $1 and released_at is null`,
    [subject],
  );
  return rows[0];
}

/** Throws `conflict` while a hold stands; call it behind `lockPerson`. */
export async function refuseHeld(client: pg.PoolClient, subject: string): Promise<void> {
  const hold = await readHold(client, subject);
  if (!hold) return;
  throw new TidemarkError(
    "conflict",
    `A legal hold stands on this person since ${hold.setAt.slice(0, 10)} (${hold.reason}). Nothing is erased until it is released.`,
    { hold: hold.id, setBy: hold.setBy },
  );
}

/** Sets a hold. Throws `conflict` where one stands, and where the person's key is being destroyed already. */
export async function setHold(
  client: pg.PoolClient,
  hold: Omit<LegalHold, "setAt"> & { readonly tenant: string | null },
): Promise<void> {
  await lockPerson(client, hold.subject);
  const { rows } = await client.query<{ id: string }>(
    "select id from shred_requests where subject = $1 and state = 'shredding'",
    [hold.subject],
  );
  if (rows[0]) {
    const message = `This person is being forgotten already (request ${rows[0].id}): a hold comes too late.`;
    throw new TidemarkError("conflict", message, { request: rows[0].id });
  }
  const { rowCount } = await client.query(
    `insert into legal_holds (id, tenant, subject, reason, ticket, set_by) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing`,
    [hold.id, hold.tenant, hold.subject, hold.reason, hold.ticket, hold.setBy],
  );
  if (rowCount === 0) throw new TidemarkError("conflict", "A legal hold stands on this person already.");
}

/** Releases the hold that stands. Throws `conflict` where there is none. */
export async function releaseHold(
  client: pg.PoolClient,
  subject: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<string> {
  await lockPerson(client, subject);
  const { rows } = await client.query<{ id: string }>(
    `update legal_holds set released_by = $2, released_reason = $3, released_at = clock_timestamp()
      where subject = $1 and released_at is null returning id`,
    [subject, by, reason],
  );
  if (rows[0]) return rows[0].id;
  throw new TidemarkError("conflict", "No legal hold stands on this person.");
}
