import type { Pool } from "pg";
import type { Principal, Role } from "@/lib/access/principal";
import { hashOf, newSecret } from "@/lib/access/secret";

/** How long a session lasts, in hours; the cookie's life is the same. */
export const SESSION_HOURS = 12;

/** The name of the console's cookie. */
export const SESSION_COOKIE = "tidemark_session";

type Client = Pick<Pool, "query">;

/** Opens a session and returns its secret, which is shown to the browser once and stored only as a hash. */
export async function openSession(client: Client, principal: string, role: Role): Promise<string> {
  const secret = newSecret("tms");
  await client.query(
    `insert into sessions (token_hash, principal, role, expires_at)
     values ($1, $2, $3, clock_timestamp() + make_interval(hours => $4))`,
    [hashOf(secret), principal, role, SESSION_HOURS],
  );
  return secret;
}

/** Who a session cookie speaks for; null when it is unknown, over, or missing. Notes the visit at most once a minute. */
export async function authenticateSession(pool: Client, secret: string | undefined): Promise<Principal | null> {
  if (!secret?.startsWith("tms_")) return null;
  const { rows } = await pool.query<{ principal: string; role: Role; stale: boolean }>(
    `select principal, role, seen_at < clock_timestamp() - interval '1 minute' as stale
       from sessions where token_hash = $1 and expires_at > clock_timestamp()`,
    [hashOf(secret)],
  );
  const session = rows[0];
  if (!session) return null;
  if (session.stale) {
    await pool.query("update sessions set seen_at = clock_timestamp() where token_hash = $1", [hashOf(secret)]);
  }
  return { id: session.principal, role: session.role, via: "session" };
}

/** Ends a session now; an unknown one is no error. */
export async function endSession(pool: Client, secret: string): Promise<void> {
  await pool.query("delete from sessions where token_hash = $1", [hashOf(secret)]);
}

/** Removes sessions and links that ended more than a day ago. */
export async function forgetEnded(pool: Client): Promise<void> {
  await pool.query("delete from sessions where expires_at < clock_timestamp() - interval '1 day'");
  await pool.query("delete from sign_in_links where expires_at < clock_timestamp() - interval '1 day'");
}
