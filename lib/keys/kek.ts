import { TidemarkError } from "@/lib/kernel/errors";
import { KeyStoreDown } from "@/lib/keys/errors";

/** A key in the form in which it may be stored, and the id of the key-encryption key that opens it. */
export type Wrapped = { readonly kek: string; readonly bytes: Buffer };

/** What keeps a key-encryption key. */
export type KekKeeper = "environment" | "file" | "aws-kms" | "pkcs11";

/** A key-encryption key that was given to this process. */
type GivenKek = { readonly id: string; readonly keeper: KekKeeper };

/**
 * What keys are wrapped with. A driver may ask a file, a token or a service; the key-encryption keys never leave it. All
 * throw `KeyStoreDown` when it cannot be asked or does not have the key that is needed, after ten seconds at most. Many may be
 * asked for at once; what is too much at a time is the caller's to bound, with `mapAtOnce`.
 */
export type KekDriver = {
  /** The keys that it can open with, the newest last. New wraps use that one. Known without asking anybody far away. */
  readonly given: () => Promise<readonly GivenKek[]>;
  /** Wraps a key of 32 bytes for one place: it opens only with the same words about it. */
  readonly wrap: (key: Buffer, about: string) => Promise<Wrapped>;
  /** The key, which the caller zeroes after use. Throws `internal` when it was changed or wrapped for another place. */
  readonly unwrap: (wrapped: Wrapped, about: string) => Promise<Buffer>;
  /** Lets go of connections and sessions. */
  readonly close: () => Promise<void>;
};

/** The refusal of a wrapped key that does not open although its key-encryption key is there. */
export function doesNotOpen(about: string, cause: unknown): TidemarkError {
  return new TidemarkError(
    "internal",
    "A key in the key store was changed, or stands where it does not belong. Restore its row from the key store's backup.",
    { about },
    { cause },
  );
}

/** The refusal where a key-encryption key that is needed was not given. */
export function kekIsMissing(id: string): KeyStoreDown {
  return new KeyStoreDown(`the key-encryption key ${id} is not among those that were given`);
}
