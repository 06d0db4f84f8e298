import { hash, randomBytes } from "node:crypto";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID in its canonical lower-case form. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Random bytes drawn ahead, since one call to the system for each id costs more than the id. Each is used once. */
let pool = Buffer.alloc(0);
let drawn = 0;

/** A new UUID version 7 (RFC 9562, section 5.7): its leading 48 bits are the time, so that index pages stay warm. */
export function newId(): string {
  if (drawn >= pool.length) {
    pool = randomBytes(16 * 256);
    drawn = 0;
  }
  const bytes = pool.subarray(drawn, drawn + 16);
  drawn += 16;
  bytes.writeUIntBE(Date.now(), 0, 6);
  return format(bytes, 0x70);
}

/** UUID version 5 (RFC 9562, section 5.5) of length-prefixed parts: the same parts always give the same id. */
export function derivedId(...parts: readonly string[]): string {
  let name = "tidemark";
  for (const part of parts) name += `${Buffer.byteLength(part)}:${part}`;
  // In one call: a hash that is fed part by part costs five times as much, and an append derives one for each event.
  const digest = hash("sha1", name, "hex");
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return grouped(`${digest.slice(0, 12)}5${digest.slice(13, 16)}${variant}${digest.slice(17, 32)}`);
}

function format(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | version;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return grouped(bytes.toString("hex"));
}

function grouped(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
