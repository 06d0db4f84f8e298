import type { Tidemark } from "@/app/_lib/tidemark";
import { hasRole, type Principal, type Role } from "@/lib/access/principal";
import { authenticateToken } from "@/lib/access/service-token";
import { authenticateSession, SESSION_COOKIE } from "@/lib/access/session";
import { TidemarkError } from "@/lib/kernel/errors";

/**
 * Who sends this request: the service token's principal, else the session's. A wrong token is refused even beside a good
 * cookie. Throws `TidemarkError` `unauthenticated`.
 */
export async function authenticate(request: Request, tidemark: Tidemark): Promise<Principal> {
  const header = request.headers.get("authorization");
  const principal =
    header !== null
      ? authenticateToken(header, tidemark.config.tokens)
      : await authenticateSession(tidemark.pool, cookieOf(request, SESSION_COOKIE));
  if (principal) return principal;
  throw new TidemarkError(
    "unauthenticated",
    "Send a service token as `Authorization: Bearer …`, or sign in with the link that `npm start` or `tidemark sign-in` prints.",
  );
}

/** Throws `forbidden` when the principal's role is not enough. */
export function authorise(principal: Principal, needed: Role): void {
  if (hasRole(principal, needed)) return;
  throw new TidemarkError("forbidden", `This needs the role ${needed}; ${principal.id} has ${principal.role}.`, {
    needed,
    role: principal.role,
  });
}

/**
 * A browser sends the cookie along whoever wrote the page, so a change made with it needs proof that our own page asked:
 * an Origin that is this host, or the browser's own word for same origin. No proof is no. Throws `forbidden`.
 */
export function proveSameOrigin(request: Request, principal: Principal): void {
  if (principal.via === "token") return;
  const host = request.headers.get("host") ?? new URL(request.url).host;
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const originIsOurs = origin === null ? undefined : hostOf(origin) === host;
  const siteIsOurs = site === null ? undefined : site === "same-origin";
  const proven = originIsOurs !== false && siteIsOurs !== false && (originIsOurs ?? siteIsOurs ?? false);
  if (proven) return;
  throw new TidemarkError(
    "forbidden",
    "This change did not come from a page of this console. Make it there, or send a service token.",
    { origin: origin?.slice(0, 200) ?? null },
  );
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
