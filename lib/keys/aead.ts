import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

/** Bytes of a nonce. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES };

/**
 * AES-256-GCM: the nonce, the ciphertext and its tag. The key has 32 bytes; a nonce must never come twice with one key. What is
 * encrypted opens only with the same words `about` it.
 */
export function encrypt(key: KeyObject, nonce: Buffer, about: Buffer, plain: string | Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, OPTIONS).setAAD(about);
  const hidden = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain);
  // GCM has nothing left to give at the end; then the tag can be asked for.
  cipher.final();
  const sealed = Buffer.allocUnsafe(NONCE_BYTES + hidden.length + TAG_BYTES);
  sealed.set(nonce);
  sealed.set(hidden, NONCE_BYTES);
  sealed.set(cipher.getAuthTag(), NONCE_BYTES + hidden.length);
  return sealed;
}

/** What was encrypted. Throws under another key or words, and when a bit of it was changed or cut off. */
export function decrypt(key: KeyObject, about: Buffer, sealed: Buffer): Buffer {
  const cut = sealed.length - TAG_BYTES;
  if (cut < NONCE_BYTES) throw new Error("it is cut off");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), OPTIONS);
  decipher.setAAD(about).setAuthTag(sealed.subarray(cut));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, cut));
  decipher.final();
  return plain;
}
