import { KeyStoreDown } from "@/lib/keys/errors";
import type { KeyStore, Opened } from "@/lib/keys/key-store";
import { SEALED } from "@/lib/privacy/sealed-field";

/** What is needed of a key store to seal and to open. */
export type Keys = Pick<KeyStore, "keyAtHand" | "keysToSeal" | "keysToOpen">;

/** What of an event its sealed fields are bound to. */
export type SealedEvent = {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly tenant: string | null;
  /** The payload's JSON text as it is stored. */
  readonly data: string;
  /** The same where it was read, and empty where it was not: looking at it does not count as asking for it. */
  readonly dataIfRead?: string;
};

/** Beside the events and not in them: what a key is in could be logged or sent. They go when the events go. */
const atHand = new WeakMap<SealedEvent, ReadonlyMap<string, Opened>>();

/**
 * Asks, once, for the keys of all sealed fields of these events, so that they can be opened without waiting while each is
 * decoded. Nothing is asked for where nothing is sealed. Throws `KeyStoreDown`.
 */
export async function bringKeys(keys: Keys | null, events: readonly SealedEvent[]): Promise<void> {
  const wanted: SealedEvent[] = [];
  const ids = new Set<string>();
  for (const event of events) {
    if (atHand.has(event)) continue;
    const data = event.dataIfRead ?? event.data;
    if (!hasSealed(data)) continue;
    wanted.push(event);
    for (const [, id] of data.matchAll(KEY_ID)) ids.add(String(id));
  }
  if (wanted.length === 0) return;
  if (keys === null) throw new KeyStoreDown("this process was started without one");
  const opened = await keys.keysToOpen([...ids]);
  for (const event of wanted) atHand.set(event, opened);
}

/** Events whose keys were asked for in vain by somebody who shows no personal value in any case. */
const unanswered = new WeakSet<SealedEvent>();

/**
 * The same for who masks what is personal whatever it says: false where the key store does not answer. What is sealed in these
 * events then reads as if it were forgotten, which it need not be: so nothing may be decided or kept by it.
 */
export async function bringKeysIfAnswered(keys: Keys | null, events: readonly SealedEvent[]): Promise<boolean> {
  try {
    await bringKeys(keys, events);
    return true;
  } catch (error) {
    if (!(error instanceof KeyStoreDown)) throw error;
    for (const event of events) if (hasSealed(event.data)) unanswered.add(event);
    return false;
  }
}

/** Whether the keys of an event were asked for in vain, and nobody needed them. */
export function isUnanswered(event: SealedEvent): boolean {
  return unanswered.has(event) && !atHand.has(event);
}

/** What became of the keys of an event's sealed fields; undefined where nobody asked. */
export function keysOf(event: SealedEvent): ReadonlyMap<string, Opened> | undefined {
  return atHand.get(event);
}

/** Whether a stored payload has sealed fields. */
export function hasSealed(data: string): boolean {
  // A dollar is rare in JSON and a quote is not: the search for it alone is several times as fast, and nearly always enough.
  return data.includes(MARK_INSIDE) && data.includes(MARK);
}

/** What is sealed is always written so, its key first, so that keys are found without parsing. */
const MARK_INSIDE = `${SEALED}":{"key":"`;
const MARK = `"${MARK_INSIDE}`;
const KEY_ID = /"\$sealed":\{"key":"([^"]*)"/g;
