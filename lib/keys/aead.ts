import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from "node:crypto";
import { partsOf } from "@/lib/keys/parts";

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

/** The characters of a nonce in base64url: whole groups of four, so that a text of many can be cut apart. */
const NONCE_CHARACTERS = (NONCE_BYTES / 3) * 4;

/** What was encrypted, in base64url: the nonce, and the ciphertext with its tag behind it. */
export type EncryptedText = { readonly iv: string; readonly data: string };

/** The same for a short text, in texts, under a nonce that is drawn here: without a buffer for each of its parts. */
export function encryptText(key: KeyObject, about: Buffer, plain: string): EncryptedText {
  if (drawn === NONCES) drawNonces();
  const at = drawn++;
  const iv = nonceTexts.slice(at * NONCE_CHARACTERS, (at + 1) * NONCE_CHARACTERS);
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(at), OPTIONS);
  const hidden = cipher.setAAD(about).update(plain, "utf8");
  cipher.final();
  const length = hidden.length + TAG_BYTES;
  const whole = length <= room.length ? room : Buffer.allocUnsafe(length);
  whole.set(hidden);
  whole.set(cipher.getAuthTag(), hidden.length);
  return { iv, data: whole.toString("base64url", 0, length) };
}

/** What `encryptText` encrypted. Throws as `decrypt` does, and where a text is not base64url throughout. */
export function decryptText(key: KeyObject, about: Buffer, { iv, data }: EncryptedText): Buffer {
  const hidden = Math.floor((data.length * 3) / 4) - TAG_BYTES;
  if (hidden < 0 || iv.length !== NONCE_CHARACTERS) throw new Error("it is cut off");
  const length = NONCE_BYTES + hidden + TAG_BYTES;
  const start = room.length - length;
  if (start < 0) return decrypt(key, about, Buffer.from(iv + data, "base64url"));
  // Written against the end, so that the tag is always in the same place; at once, since the nonce is whole groups of four.
  if (room.write(iv + data, start, "base64url") !== length) throw new Error("it is not base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, nonceBefore(hidden), OPTIONS);
  decipher.setAAD(about).setAuthTag(tagRoom);
  const plain = decipher.update(hiddenOf(hidden));
  decipher.final();
  return plain;
}

/**
 * Room for one value at a time, used again for each: nothing else runs before it was copied from here. Ciphertext only, never what
 * it says.
 */
const room = Buffer.allocUnsafeSlow(4_096);
const tagRoom = room.subarray(room.length - TAG_BYTES);
const hiddenOf = partsOf((length) => room.subarray(room.length - TAG_BYTES - length, room.length - TAG_BYTES));
const nonceBefore = partsOf((length) => {
  const end = room.length - TAG_BYTES - length;
  return room.subarray(end - NONCE_BYTES, end);
});

/** Nonces drawn ahead, since one call to the system for each costs as much as the sealing. Each is used once. */
const NONCES = 256;
const nonces = Buffer.allocUnsafeSlow(NONCE_BYTES * NONCES);
const nonceOf = partsOf((at) => nonces.subarray(at * NONCE_BYTES, (at + 1) * NONCE_BYTES));
let nonceTexts = "";
let drawn = NONCES;

function drawNonces(): void {
  randomFillSync(nonces);
  nonceTexts = nonces.toString("base64url");
  drawn = 0;
}
