import { createHmac } from "node:crypto";
import type { SubjectKey } from "@/lib/keys/key-store";
import { keysOf, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { sealedPlaces } from "@/lib/privacy/open-payload";
import { valueAtPointer } from "@/lib/privacy/personal-path";

/** What can be looked up: a value as it stands in a payload, letter by letter. */
export type LookupValue = string | number | boolean;

/**
 * Stands for a value of one person, 43 characters in base64url: the same value of the same person under the same key gives the same
 * one. Without the key nobody can compute it, so once the key is destroyed it tells nothing, not even to whoever tries all values.
 */
export function lookupHash(key: SubjectKey, value: LookupValue): string {
  return createHmac("sha256", key.lookup).update(JSON.stringify(value)).digest("base64url");
}

/**
 * The same for somebody for whom something is sealed in an event, under the key that sealed it there; null for anybody else, when
 * their key is destroyed, and where the keys were not brought.
 */
export function lookupHashIn(event: SealedEvent, subject: string, value: LookupValue): string | null {
  // Asked for first: of a payload that was not read no keys were brought, which is not to look as if nothing was sealed in it.
  const { data } = event;
  const keys = keysOf(event);
  if (!keys) return null;
  const payload = JSON.parse(data) as unknown;
  for (const { sealed } of sealedPlaces(event)) {
    const opened = keys.get(sealed.key);
    if (opened?.state === "live" && valueAtPointer(payload, sealed.of) === subject)
      return lookupHash(opened.key, value);
  }
  return null;
}
