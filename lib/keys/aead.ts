import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

/** Bytes of a nonce. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: the ciphertext and its tag. The key has 32 bytes; a nonce must never come twice with one key. What is encrypted
 * opens only with the same words `about` it.
 */
export function encrypt(key: KeyObject, nonce: Buffer, about: Buffer, plain: string | Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(about);
  const hidden = typeof plain === "string" ? cipher.update(plain, "utf8") : cipher.update(plain);
  // GCM has nothing left to give at the end; then the tag can be asked for.
  cipher.final();
  return Buffer.concat([hidden, cipher.getAuthTag()]);
}

/** What was encrypted. Throws under another key, nonce or words, and when a bit of it was changed or cut off. */
export function decrypt(key: KeyObject, nonce: Buffer, about: Buffer, sealed: Buffer): Buffer {
  if (nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) throw new Error("it is cut off");
  const cut = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(about).setAuthTag(sealed.subarray(cut));
  const plain = decipher.update(sealed.subarray(0, cut));
  decipher.final();
  return plain;
}
