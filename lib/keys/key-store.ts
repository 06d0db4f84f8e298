import type { KeyObject } from "node:crypto";
import type { Cleansed } from "@/lib/keys/cleanse-keys";
import type { PersonKey } from "@/lib/keys/destroy-keys";
import type { WrapPlace } from "@/lib/keys/key-rows";
import type { KnownPerson } from "@/lib/keys/list-people";
import type { KeyStoreStatus } from "@/lib/keys/read-status";
import type { Rewrapped } from "@/lib/keys/rewrap";

/**
 * The key of one person's data in one tenant. Keys are handles, not bytes: a flush of the cache forgets them without
 * pulling them from under whoever is in the middle of sealing. Do not keep one longer than the work at hand. While it is
 * cached the same object comes again, so what is derived from it may hang on it in a WeakMap.
 */
export type SubjectKey = {
  /** A uuid; what a sealed field names. */
  readonly id: string;
  /** 64 hexadecimal digits that stand for the person within this key store; without its secret nobody can compute them. */
  readonly subject: string;
  /** 1 at first; higher when the person came back after their key was destroyed. */
  readonly epoch: number;
  /** For AES-256-GCM. */
  readonly encryption: KeyObject;
  /** 32 bytes that tell which key sealed something, safe to store: GCM alone does not commit to its key. */
  readonly commitment: Buffer;
  /** For HMAC-SHA-256 of values that are looked up; it ends with the key. */
  readonly lookup: KeyObject;
};

/** What became of a key. `unknown` never means destroyed: it is an error of whoever asks, or the wrong key store. */
export type Opened =
  | { readonly state: "live"; readonly key: SubjectKey }
  | { readonly state: "destroyed"; readonly destroyedAt: string }
  | { readonly state: "unknown" };

/** The keys of persons, apart from the events. All throw `KeyStoreDown` when it cannot be asked, and `WrongKeyStore` for another store's. */
export type KeyStore = {
  /** The live key of a subject while this process remembers it; undefined says nothing of the subject: ask `keysToSeal`. */
  readonly keyAtHand: (tenant: string | null, subject: string) => SubjectKey | undefined;
  /**
   * The live key of each subject of a tenant, made where there is none; of callers at the same time all get the same one.
   * Throws `SubjectForgotten` for a person whose key was destroyed; then no key was made.
   */
  readonly keysToSeal: (tenant: string | null, subjects: readonly string[]) => Promise<ReadonlyMap<string, SubjectKey>>;
  /** What became of each of these key ids; every id is in the answer. */
  readonly keysToOpen: (ids: readonly string[]) => Promise<ReadonlyMap<string, Opened>>;
  /** What stands for a person in this key store: 64 hexadecimal digits. No key is made. */
  readonly digest: (tenant: string | null, subject: string) => Promise<string>;
  /** All keys that a digest has had, the first one first; empty for somebody nothing was ever sealed for. */
  readonly personKeys: (digest: string) => Promise<readonly PersonKey[]>;
  /** Persons that something was sealed for, the newest first, before the place of one; bounded by `limit`. */
  readonly people: (page: {
    readonly before?: string | undefined;
    readonly limit: number;
  }) => Promise<readonly KnownPerson[]>;
  /**
   * Destroys the keys of a digest up to an epoch, for good: every process forgets them, and nothing is sealed for that person
   * any more. Safe to do again. Returns the keys up to that epoch, all of them destroyed.
   */
  readonly destroy: (digest: string, upTo: number) => Promise<readonly PersonKey[]>;
  /** Takes what is left of destroyed keys out of the key database, as far as that is allowed, and says what was not reached. */
  readonly cleanse: () => Promise<Cleansed>;
  /**
   * The next key of somebody who was forgotten and comes back, so that things are sealed for them again; what was forgotten stays
   * so. Throws `not-found` for somebody without keys, `conflict` for one who is not forgotten.
   */
  readonly beginEpoch: (tenant: string | null, subject: string) => Promise<PersonKey>;
  /** An identifier sealed for one place, and opened again; without this key store nobody reads it. */
  readonly sealReference: (subject: string, place: string) => Promise<Buffer>;
  readonly openReference: (sealed: Buffer, place: string) => Promise<string>;
  /** One bounded step of a rotation; safe to do twice. */
  readonly rewrap: (after: WrapPlace, limit: number) => Promise<Rewrapped>;
  readonly status: () => Promise<KeyStoreStatus>;
  /** Calls `listener` whenever a key was destroyed anywhere, and when that may have been missed: what was opened before is to be forgotten. */
  readonly onDestroyed: (listener: () => void) => void;
  /** Forgets all cached keys and closes every connection. */
  readonly close: () => Promise<void>;
};
