import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import type { Principal } from "@/lib/access/principal";
import { authenticateSession, SESSION_COOKIE } from "@/lib/access/session";

/** Who looks at this page. Redirects to the sign-in page when nobody is signed in; asked once per request. */
export const requireSession = cache(async (): Promise<Principal> => {
  const secret = (await cookies()).get(SESSION_COOKIE)?.value;
  const principal = secret ? await authenticateSession((await tidemark()).pool, secret) : null;
  if (!principal) redirect(urls.signIn());
  return principal;
});
