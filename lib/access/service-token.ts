import type { Principal } from "@/lib/access/principal";
import { secretsEqual } from "@/lib/access/secret";

/**
 * Who an `Authorization` header speaks for: the admin of one of the service tokens in `expected`, or null. With no token
 * set up none is right.
 */
export function authenticateToken(header: string | null | undefined, expected: readonly string[]): Principal | null {
  const token = /^bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (!token || !expected.some((one) => secretsEqual(token, one))) return null;
  return { id: "service", role: "admin", via: "token" };
}
