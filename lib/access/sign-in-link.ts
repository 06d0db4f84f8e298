import type { Pool } from "pg";
import { hashOf, newSecret } from "@/lib/access/secret";
import { openSession } from "@/lib/access/session";

/** How long a one-time link can be used, in minutes. */
export const LINK_MINUTES = 15;

/** Makes a one-time sign-in link and returns its secret part. It can be redeemed once, within 15 minutes. */
export async function createSignInLink(pool: Pick<Pool, "query">): Promise<string> {
  const secret = newSecret("tml");
  await pool.query(
    `insert into sign_in_links (token_hash, expires_at)
     values ($1, clock_timestamp() + make_interval(mins => $2))`,
    [hashOf(secret), LINK_MINUTES],
  );
  return secret;
}

/**
 * Trades a link's secret for a session of the local admin and returns the session's secret; null when the link is
 * unknown, used or over. Of any number of callers at once exactly one gets the session: the row decides, and it is
 * marked in the same statement that reads it.
 */
export async function redeemSignInLink(pool: Pool, secret: string): Promise<string | null> {
  if (!secret.startsWith("tml_")) return null;
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rowCount } = await client.query(
      `update sign_in_links set used_at = clock_timestamp()
        where token_hash = $1 and used_at is null and expires_at > clock_timestamp()`,
      [hashOf(secret)],
    );
    const session = rowCount === 1 ? await openSession(client, "local-admin", "admin") : null;
    await client.query("commit");
    return session;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
