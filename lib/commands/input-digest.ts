import { createHmac } from "node:crypto";

/**
 * What tells a replayed command from a reused key: an HMAC-SHA-256, keyed by the idempotency key, of the command's name
 * and input. The input cannot be guessed from it without the key. Member order does not matter. Hex.
 */
export function inputDigest(
  idempotencyKey: string,
  category: string,
  id: string,
  command: string,
  input: unknown,
): string {
  return createHmac("sha256", idempotencyKey)
    .update(JSON.stringify([category, id, command, canonical(input)]))
    .digest("hex");
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  // Entries, not an object: a member named __proto__ must count like any other.
  return {
    o: Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  };
}
