import { afterAll, beforeAll, expect, test } from "vitest";
import { hasRole, type Role } from "@/lib/access/principal";
import { hashOf } from "@/lib/access/secret";
import { authenticateToken } from "@/lib/access/service-token";
import { authenticateSession, endSession, forgetEnded, openSession } from "@/lib/access/session";
import { createSignInLink, redeemSignInLink } from "@/lib/access/sign-in-link";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ max: 20 });
});
afterAll(() => db.close());

test("of 20 redeems of one link at once exactly one gets a session", async () => {
  const link = await createSignInLink(db.pool);
  const sessions = await Promise.all(Array.from({ length: 20 }, () => redeemSignInLink(db.pool, link)));
  const won = sessions.filter((session) => session !== null);
  expect(won).toHaveLength(1);
  expect(await authenticateSession(db.pool, won[0])).toEqual({ id: "local-admin", role: "admin", via: "session" });
  const { rows } = await db.owner.query("select count(*)::int as sessions from sessions");
  expect(rows).toEqual([{ sessions: 1 }]);
});

test("a link is refused after its time, and an unknown one too", async () => {
  const link = await createSignInLink(db.pool);
  await db.owner.query("update sign_in_links set expires_at = clock_timestamp() where token_hash = $1", [hashOf(link)]);
  expect(await redeemSignInLink(db.pool, link)).toBeNull();
  expect(await redeemSignInLink(db.pool, "tml_unknown")).toBeNull();
  expect(await redeemSignInLink(db.pool, "")).toBeNull();
});

test("neither links nor sessions are stored in a form that signs anyone in", async () => {
  const link = await createSignInLink(db.pool);
  const session = await openSession(db.pool, "someone", "viewer");
  const { rows } = await db.owner.query<{ stored: string }>(
    "select encode(token_hash, 'escape') || encode(token_hash, 'hex') || encode(token_hash, 'base64') as stored from (select token_hash from sessions union all select token_hash from sign_in_links) s",
  );
  const all = rows.map((row) => row.stored).join(" ");
  expect(rows.length).toBeGreaterThan(1);
  expect(all).not.toContain(link.slice(4));
  expect(all).not.toContain(session.slice(4));
});

test("a session ends on its own after its time, and at once when it is ended", async () => {
  const over = await openSession(db.pool, "someone", "viewer");
  await db.owner.query("update sessions set expires_at = clock_timestamp() where token_hash = $1", [hashOf(over)]);
  expect(await authenticateSession(db.pool, over)).toBeNull();
  const ended = await openSession(db.pool, "someone", "viewer");
  await endSession(db.pool, ended);
  expect(await authenticateSession(db.pool, ended)).toBeNull();
  expect(await authenticateSession(db.pool, undefined)).toBeNull();
});

test("what ended more than a day ago is removed, what did not stays", async () => {
  const old = await openSession(db.pool, "someone", "viewer");
  const fresh = await openSession(db.pool, "someone", "viewer");
  await db.owner.query("update sessions set expires_at = clock_timestamp() - interval '2 days' where token_hash = $1", [
    hashOf(old),
  ]);
  await forgetEnded(db.pool);
  const left = await db.owner.query("select token_hash from sessions where token_hash = any ($1)", [
    [hashOf(old), hashOf(fresh)],
  ]);
  expect(left.rows).toEqual([{ token_hash: hashOf(fresh) }]);
});

test("a service token is accepted whole and in its header's form only", () => {
  const token = "tmk_0123456789abcdef";
  expect(authenticateToken(`Bearer ${token}`, ["another-token", token])).toEqual({
    id: "service",
    role: "admin",
    via: "token",
  });
  expect(authenticateToken(`bearer ${token}`, [token])).not.toBeNull();
  for (const header of [token, `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, "Bearer ", "", null]) {
    expect(authenticateToken(header, [token]), String(header)).toBeNull();
  }
  expect(authenticateToken("Bearer undefined", [])).toBeNull();
});

test("roles include the ones below; an operator has no hand in privacy, nor the other way", () => {
  const may = (role: Role, needed: Role) => hasRole({ id: "x", role, via: "session" }, needed);
  expect(may("admin", "privacy-officer") && may("admin", "operator")).toBe(true);
  expect(may("operator", "viewer") && may("privacy-officer", "viewer")).toBe(true);
  expect(may("operator", "privacy-officer") || may("privacy-officer", "operator")).toBe(false);
  expect(may("viewer", "operator") || may("operator", "admin")).toBe(false);
});
