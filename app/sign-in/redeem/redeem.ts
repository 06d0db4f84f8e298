import { tidemark } from "@/app/_lib/tidemark";
import { LOCAL_STORE, urls } from "@/app/_lib/urls";
import { SESSION_COOKIE, SESSION_HOURS } from "@/lib/access/session";
import { redeemSignInLink } from "@/lib/access/sign-in-link";

/**
 * Trades a one-time link for a session cookie and leads to the console; a link that is used or over leads back to the page
 * that says how to get another. The address with the secret is left at once and never sent on as a referrer.
 */
export async function redeem(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const secret = url.searchParams.get("token") ?? "";
  const session = secret.length <= 200 ? await redeemSignInLink((await tidemark()).pool, secret) : null;
  const headers = new Headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  if (session === null) {
    headers.set("location", `${urls.signIn()}?refused=1`);
    return new Response(null, { status: 303, headers });
  }
  const secure = url.protocol === "https:" || request.headers.get("x-forwarded-proto") === "https" ? "; Secure" : "";
  headers.append(
    "set-cookie",
    `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_HOURS * 3600}${secure}`,
  );
  headers.set("location", urls.overview(LOCAL_STORE));
  return new Response(null, { status: 303, headers });
}
