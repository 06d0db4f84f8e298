import { TidemarkError } from "@/lib/kernel/errors";
import { spanOf } from "@/lib/kernel/json";
import { hasSealed, keysOf, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { type Place, pointerOf, valueAtPointer } from "@/lib/privacy/personal-path";
import { eventBinding, isSealed, openField, SealBroken, type SealedField, sealedAt } from "@/lib/privacy/sealed-field";

/** A payload whose sealed fields were opened; `forgotten` when the key of at least one is destroyed. */
export type OpenedPayload = { readonly data: unknown; readonly forgotten: boolean };

/** The key store does not know a key, which never means that it was destroyed. */
export class KeyUnknown extends TidemarkError {
  constructor(field: string, keyId: string, epoch: number) {
    super(
      "conflict",
      `The key store does not know the key ${keyId} of the sealed value at ${field}. It is not destroyed: check that this is the key store that sealed it, and that its backup is not older than the event.`,
      { reason: "unknown-key", field, keyId, epoch },
    );
  }
}

/**
 * Opens every sealed field of a stored payload. A field whose key was destroyed becomes what `standIn` says of its place.
 * The keys must have been brought. Throws `KeyUnknown` and `SealBroken`.
 */
export function openPayload(event: SealedEvent, standIn: (place: Place) => unknown): OpenedPayload {
  const payload = JSON.parse(event.data) as unknown;
  if (!hasSealed(event.data)) return { data: payload, forgotten: false };
  const bound = eventBinding(event);
  let forgotten = false;
  const open = (value: unknown, place: Place): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (isSealed(value)) {
      const field = pointerOf(place);
      const text = openedText(event, bound, payload, sealedAt(value, field), field);
      if (text !== undefined) return JSON.parse(text);
      forgotten = true;
      return standIn(place);
    }
    const members = value as Record<string | number, unknown>;
    const names = Array.isArray(value) ? value.keys() : Object.keys(value);
    for (const name of names) {
      const member = members[name];
      if (typeof member === "object" && member !== null) members[name] = open(member, [...place, name]);
    }
    return value;
  };
  return { data: open(payload, []), forgotten };
}

/**
 * Whether a payload that is given again is the one that was stored: the same bytes, sealed values by what they say. What
 * was forgotten since cannot be told any more and counts as the same. The keys must have been brought.
 */
export function isSamePayload(stored: SealedEvent, given: string): boolean {
  if (!hasSealed(stored.data)) return stored.data === given;
  const payload = JSON.parse(stored.data) as unknown;
  const bound = eventBinding(stored);
  let text = given;
  for (const { sealed, place } of sealedIn(payload, [])) {
    const [there, here] = [spanOf(stored.data, place), spanOf(text, place)];
    if (!there || !here) return false;
    const value = openedText(stored, bound, payload, sealed, pointerOf(place));
    if (value !== undefined && value !== text.slice(here.start, here.end)) return false;
    text = text.slice(0, here.start) + stored.data.slice(there.start, there.end) + text.slice(here.end);
  }
  return text === stored.data;
}

/** The stored text with every value that can still be read put back; sealed ones stay where they cannot. */
export function readableText(stored: SealedEvent): string {
  if (!hasSealed(stored.data) || !keysOf(stored)) return stored.data;
  const payload = JSON.parse(stored.data) as unknown;
  const bound = eventBinding(stored);
  let text = stored.data;
  for (const { sealed, place } of sealedIn(payload, [])) {
    const span = spanOf(text, place);
    const value = span && attempt(() => openedText(stored, bound, payload, sealed, pointerOf(place)));
    if (span && value !== undefined) text = text.slice(0, span.start) + value + text.slice(span.end);
  }
  return text;
}

/** The values of an event that are sealed under one of these keys and can be opened. The keys must have been brought. */
export function valuesSealedUnder(event: SealedEvent, keys: ReadonlySet<string>): readonly unknown[] {
  const payload = JSON.parse(event.data) as unknown;
  const bound = eventBinding(event);
  return sealedIn(payload, [])
    .filter(({ sealed }) => keys.has(sealed.key))
    .map(({ sealed, place }) => attempt(() => openedText(event, bound, payload, sealed, pointerOf(place))))
    .filter((text) => text !== undefined)
    .map((text) => JSON.parse(text) as unknown);
}

/** The id of whom something is sealed for under one of these keys, as it stands beside it; undefined where nothing is. */
export function personSealedUnder(event: SealedEvent, keys: ReadonlySet<string>): string | undefined {
  const found = sealedPlaces(event).find(({ sealed }) => keys.has(sealed.key));
  const id = found && valueAtPointer(JSON.parse(event.data), found.sealed.of);
  return typeof id === "string" ? id : undefined;
}

/** A sealed value of a payload, and where it stands. */
export type SealedPlace = { readonly sealed: SealedField; readonly place: Place };

/** Every sealed value of a stored payload. */
export function sealedPlaces({ data }: Pick<SealedEvent, "data">): readonly SealedPlace[] {
  return hasSealed(data) ? sealedIn(JSON.parse(data) as unknown, []) : [];
}

/** One of them, opened, and its JSON text; undefined where it cannot be. The keys must have been brought. */
export function openedValue(
  event: SealedEvent,
  { sealed, place }: SealedPlace,
): { readonly value: unknown; readonly text: string } | undefined {
  const payload = JSON.parse(event.data) as unknown;
  const text = attempt(() => openedText(event, eventBinding(event), payload, sealed, pointerOf(place)));
  return text === undefined ? undefined : { value: JSON.parse(text) as unknown, text };
}

/** Every sealed value of a parsed payload with its place. */
function sealedIn(value: unknown, place: Place): SealedPlace[] {
  if (typeof value !== "object" || value === null) return [];
  if (isSealed(value)) return [{ sealed: sealedAt(value, pointerOf(place)), place }];
  return Array.isArray(value)
    ? value.flatMap((item, index) => sealedIn(item, [...place, index]))
    : Object.entries(value).flatMap(([name, member]) => sealedIn(member, [...place, name]));
}

/** Undefined: the key is destroyed. */
function openedText(
  event: SealedEvent,
  bound: string,
  payload: unknown,
  sealed: SealedField,
  field: string,
): string | undefined {
  const opened = keysOf(event)?.get(sealed.key);
  if (!opened)
    throw new SealBroken(field, "its key was not asked for, because no version of its type declares it personal");
  if (opened.state === "destroyed") return undefined;
  if (opened.state === "unknown") throw new KeyUnknown(field, sealed.key, sealed.epoch);
  const subject = valueAtPointer(payload, sealed.of);
  if (typeof subject !== "string") throw new SealBroken(field, `nobody is named at ${sealed.of}`);
  return openField(opened.key, sealed, { event: bound, field, of: sealed.of, subject });
}

function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
