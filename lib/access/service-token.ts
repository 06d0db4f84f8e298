import type { Principal } from "@/lib/access/principal";
import { secretsEqual } from "@/lib/access/secret";

/**
 * Who an `Authorization` header speaks for: the admin of the first service token, or null. `expected` undefined
 * means that no token is set up, and then none is right.
 */
export function authenticateToken(header: string | null | undefined, expected: string | undefined): Principal | null {
  const token = /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (!token || !expected || !secretsEqual(token, expected)) return null;
  return { id: "service", role: "admin", via: "token" };
}
