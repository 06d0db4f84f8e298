import { hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { TidemarkError } from "@/lib/kernel/errors";
import { decrypt, encrypt, NONCE_BYTES } from "@/lib/keys/aead";
import { toKeyObject } from "@/lib/keys/subject-key";

/**
 * A person's identifier, sealed for one place under the secret of the key store: readable for as long as somebody has to know
 * whom a request is about, and by nobody without the key store. It outlives the person's key; take it away when it is not needed.
 */
export function sealReference(secret: KeyObject, subject: string, place: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  return encrypt(keyOf(secret, place), nonce, Buffer.from(place), subject);
}

/** The identifier again. Throws `internal` when it was changed or sealed for another place. */
export function openReference(secret: KeyObject, sealed: Buffer, place: string): string {
  try {
    return decrypt(keyOf(secret, place), Buffer.from(place), sealed).toString("utf8");
  } catch (error) {
    const message = "The sealed identifier of a request was changed, or belongs to another one.";
    throw new TidemarkError("internal", message, { place }, { cause: error });
  }
}

function keyOf(secret: KeyObject, place: string): KeyObject {
  return toKeyObject(Buffer.from(hkdfSync("sha256", secret, place, "tidemark person reference", 32)));
}
