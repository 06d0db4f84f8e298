import { InvalidRequest } from "@/lib/kernel/errors";

/** Bytes as standard base64 with padding. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Reads standard base64 with padding, and only its one canonical form. Throws `InvalidRequest`, naming `what`. */
export function fromBase64(text: string, what: string): Uint8Array<ArrayBuffer> {
  const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  const bytes = canonical ? Uint8Array.from(atob(text), (char) => char.charCodeAt(0)) : undefined;
  if (bytes && base64(bytes) === text) return bytes;
  throw new InvalidRequest(`${what} is not base64. Copy it again, whole.`, [{ path: what, message: "must be base64" }]);
}

/** Bytes as lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether two byte sequences are the same. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
