import { TidemarkError } from "@/lib/kernel/errors";
import type { SubjectKey } from "@/lib/keys/key-store";
import { createKeyRequests } from "@/lib/privacy/key-requests";
import { bringKeys, type Keys, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import type { PersonalPath } from "@/lib/privacy/personal-path";
import { type PersonalValue, personalValues, sealPayload } from "@/lib/privacy/seal-payload";

/** What the event store and imports need of privacy: nothing personal gets past it in plain text. */
export type Sealing = {
  /** Whether events of a type may hold personal data. */
  readonly covers: (type: string) => boolean;
  /**
   * The payloads as they are to be stored, in order, personal values sealed under the keys of those they are about; for an
   * event that is refused (`PayloadRefused`, `SubjectForgotten`), why. Keys are asked for together. Throws `KeyStoreDown`.
   */
  readonly seal: (events: readonly SealedEvent[]) => Promise<readonly (string | TidemarkError)[]>;
  /** Asks for the keys of stored events, so that what is given again can be held against them. Throws `KeyStoreDown`. */
  readonly bringKeys: (events: readonly SealedEvent[]) => Promise<void>;
};

/**
 * Makes the sealing of a store; without a key store personal data is stored as it comes, and so it is while `isOn` says no.
 * What `isOn` throws refuses the append.
 */
export function createSealing(
  keys: Keys | null,
  personalPaths: (type: string) => readonly PersonalPath[],
  isOn: () => Promise<boolean> = async () => true,
): Sealing | undefined {
  if (keys === null) return undefined;
  const request = createKeyRequests(keys);
  return {
    covers: (type) => personalPaths(type).length > 0,
    bringKeys: (events) => bringKeys(keys, events),
    seal: async (events) => {
      if (!(await isOn())) return events.map(({ data }) => data);
      const found = events.map((event) => valuesOrRefusal(event, personalPaths(event.type)));
      const atHand = keysAtHand(keys, events, found);
      if (atHand) return events.map((event, index) => sealedOrRefusal(event, found[index], atHand[index]));
      const ofTenant = new Map<string | null, Set<string>>();
      for (const [index, values] of found.entries()) {
        const tenant = events[index]?.tenant ?? null;
        const subjects = ofTenant.get(tenant) ?? new Set();
        if (!(values instanceof TidemarkError)) for (const { subject } of values) subjects.add(subject);
        ofTenant.set(tenant, subjects);
      }
      const given = new Map(
        await Promise.all(
          [...ofTenant].map(async ([tenant, subjects]) => [tenant, await request(tenant, [...subjects])] as const),
        ),
      );
      return events.map((event, index) => {
        const values = found[index];
        const { keys: live, forgotten } = given.get(event.tenant) ?? NONE;
        const refused =
          values instanceof TidemarkError ? undefined : values?.find(({ subject }) => forgotten.has(subject));
        return (refused && forgotten.get(refused.subject)) ?? sealedOrRefusal(event, values, live);
      });
    },
  };
}

const NONE = { keys: new Map(), forgotten: new Map() } as const;

type Found = readonly PersonalValue[] | TidemarkError;

/** The keys of each event's values, where all of them are remembered: then nobody waits, least of all for new people's keys. */
function keysAtHand(
  keys: Keys,
  events: readonly SealedEvent[],
  found: readonly Found[],
): readonly ReadonlyMap<string, SubjectKey>[] | undefined {
  const all: ReadonlyMap<string, SubjectKey>[] = [];
  for (const [index, { tenant }] of events.entries()) {
    const own = new Map<string, SubjectKey>();
    const values = found[index] ?? [];
    for (const { subject } of values instanceof TidemarkError ? [] : values) {
      if (own.has(subject)) continue;
      const key = keys.keyAtHand(tenant, subject);
      if (!key) return undefined;
      own.set(subject, key);
    }
    all.push(own);
  }
  return all;
}

function sealedOrRefusal(
  event: SealedEvent,
  values: Found = [],
  keys: ReadonlyMap<string, SubjectKey> = NONE.keys,
): string | TidemarkError {
  if (values instanceof TidemarkError) return values;
  return values.length === 0 ? event.data : sealPayload(event, values, keys);
}

function valuesOrRefusal(event: SealedEvent, paths: readonly PersonalPath[]): Found {
  try {
    return paths.length === 0 ? [] : personalValues(event, paths);
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
}
