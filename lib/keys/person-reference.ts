import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { TidemarkError } from "@/lib/kernel/errors";

const NONCE = 12;
const TAG = 16;

/**
 * A person's identifier, sealed for one place under the secret of the key store: readable for as long as somebody has to know
 * whom a request is about, and by nobody without the key store. It outlives the person's key; take it away when it is not needed.
 */
export function sealReference(secret: KeyObject, subject: string, place: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", keyOf(secret, place), nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(subject, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** The identifier again. Throws `internal` when it was changed or sealed for another place. */
export function openReference(secret: KeyObject, sealed: Buffer, place: string): string {
  try {
    const options = { authTagLength: TAG };
    const decipher = createDecipheriv("aes-256-gcm", keyOf(secret, place), sealed.subarray(0, NONCE), options);
    decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(-TAG));
    return decipher.update(sealed.subarray(NONCE, -TAG), undefined, "utf8") + decipher.final("utf8");
  } catch (error) {
    const message = "The sealed identifier of a request was changed, or belongs to another one.";
    throw new TidemarkError("internal", message, { place }, { cause: error });
  }
}

function keyOf(secret: KeyObject, place: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, place, "tidemark person reference", 32));
}
