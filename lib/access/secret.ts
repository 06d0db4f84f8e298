import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A new opaque secret of 256 random bits, URL-safe, after a prefix that lets scanners and our logs recognise it. */
export function newSecret(prefix: "tmk" | "tml" | "tms"): string {
  return `${prefix}_${randomBytes(32).toString("base64url")}`;
}

/** What is stored of a secret. It is random, so one SHA-256 is enough; the secret itself is kept nowhere. */
export function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Compares in constant time, whatever the lengths. */
export function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(hashOf(a), hashOf(b));
}
