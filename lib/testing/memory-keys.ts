import { createHmac, randomUUID } from "node:crypto";
import { KeyStoreDown, SubjectForgotten } from "@/lib/keys/errors";
import type { Opened, SubjectKey } from "@/lib/keys/key-store";
import { toSubjectKey } from "@/lib/keys/subject-key";
import type { Keys } from "@/lib/privacy/keys-at-hand";

/** Keys of persons in memory, for tests of what seals and opens. */
export type MemoryKeys = { -readonly [Name in keyof Keys]: Keys[Name] } & {
  /** How often keys were asked for. */
  readonly asked: { toSeal: number; toOpen: number };
  /** Set: it cannot be asked. */
  down: boolean;
  /** Destroys the key of a person without a tenant, as a shred does. */
  readonly forget: (subject: string) => void;
  /** Loses every key, as a key store that is the wrong one. */
  readonly lose: () => void;
};

/** An empty key store. */
export function createMemoryKeys(): MemoryKeys {
  const ofSubject = new Map<string, SubjectKey>();
  const opened = new Map<string, Opened>();
  const nameOf = (tenant: string | null, subject: string) => JSON.stringify([tenant, subject]);

  function keyOf(tenant: string | null, subject: string): SubjectKey {
    const name = nameOf(tenant, subject);
    const known = ofSubject.get(name);
    const state = known && opened.get(known.id);
    if (known && state?.state === "destroyed")
      throw new SubjectForgotten(known.subject, known.epoch, state.destroyedAt);
    if (known) return known;
    const digest = createHmac("sha256", "test").update(name).digest();
    const id = randomUUID();
    const key = toSubjectKey({ id, tenant, subject: digest.toString("hex"), epoch: 1 }, digest);
    ofSubject.set(name, key);
    opened.set(id, { state: "live", key });
    return key;
  }

  const store: MemoryKeys = {
    asked: { toSeal: 0, toOpen: 0 },
    down: false,
    keyAtHand: () => undefined,
    keysToSeal: async (tenant, subjects) => {
      store.asked.toSeal += 1;
      if (store.down) throw new KeyStoreDown("a test says so");
      return new Map(subjects.map((subject) => [subject, keyOf(tenant, subject)]));
    },
    keysToOpen: async (ids) => {
      store.asked.toOpen += 1;
      if (store.down) throw new KeyStoreDown("a test says so");
      return new Map(ids.map((id) => [id, opened.get(id) ?? { state: "unknown" }]));
    },
    forget: (subject) => {
      const key = ofSubject.get(nameOf(null, subject)) ?? keyOf(null, subject);
      opened.set(key.id, { state: "destroyed", destroyedAt: "2026-01-01T00:00:00.000000Z" });
    },
    lose: () => opened.clear(),
  };
  return store;
}
