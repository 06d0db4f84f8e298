import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { SubjectKey } from "@/lib/keys/key-store";

/** Where a key belongs, beside its id. `store` is the key store's identity, `subject` the digest. */
export type KeyPlace = {
  readonly id: string;
  readonly tenant: string | null;
  readonly subject: string;
  readonly epoch: number;
};

/** The words that a subject's key is wrapped with: it opens in this place of this key store and nowhere else. */
export function aboutKey(store: string, { id, tenant, subject, epoch }: KeyPlace): string {
  return JSON.stringify(["tidemark subject key", 1, store, tenant, subject, epoch, id]);
}

/** The words that the secret of digests is wrapped with. */
export function aboutSecret(store: string): string {
  return JSON.stringify(["tidemark digest secret", 1, store]);
}

/** Stands for a person within a tenant and a key store: 64 hexadecimal digits. */
export function digestSubject(secret: KeyObject, tenant: string | null, subject: string): string {
  return createHmac("sha256", secret)
    .update(JSON.stringify([tenant, subject]))
    .digest("hex");
}

/** What is used of a key of 32 bytes. The bytes themselves are zeroed here. */
export function toSubjectKey(place: KeyPlace, bytes: Buffer): SubjectKey {
  // HKDF-SHA-256 (RFC 5869) with the id as salt: extracted once and expanded three times, 32 bytes each, which are one block.
  const extracted = createHmac("sha256", place.id).update(bytes).digest();
  const derive = (what: string) =>
    createHmac("sha256", extracted).update(`tidemark subject key: ${what}\x01`, "latin1").digest();
  const key = {
    id: place.id,
    subject: place.subject,
    epoch: place.epoch,
    encryption: toKeyObject(derive("encryption")),
    commitment: derive("commitment"),
    lookup: toKeyObject(derive("lookup")),
  };
  extracted.fill(0);
  bytes.fill(0);
  return Object.freeze(key);
}

/** A handle on bytes that are then outside of JavaScript's memory; what was handed over is zeroed. */
export function toKeyObject(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}
