import { TidemarkError } from "@/lib/kernel/errors";
import { spanOf } from "@/lib/kernel/json";
import { hasSealed, isUnanswered, keysOf, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { openInText } from "@/lib/privacy/open-in-text";
import { type Place, pointerOf, valueAtPointer } from "@/lib/privacy/personal-path";
import {
  eventBinding,
  isSealed,
  openField,
  type PersonBinding,
  personBinding,
  SealBroken,
  type SealedField,
  sealedAt,
} from "@/lib/privacy/sealed-field";

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
  const whole = openInText(event);
  if (whole) return { data: whole.data, forgotten: false };
  const payload = JSON.parse(event.data) as unknown;
  if (typeof payload !== "object" || payload === null || !hasSealed(event.data))
    return { data: payload, forgotten: false };
  const opening: Opening = { opener: new Opener(event, payload), standIn, place: [], forgotten: false };
  return { data: openWithin(payload, opening), forgotten: opening.forgotten };
}

/** A walk through a payload; `place` is where it is, one list that grows and shrinks with it. */
type Opening = {
  readonly opener: Opener;
  readonly standIn: (place: Place) => unknown;
  readonly place: (string | number)[];
  forgotten: boolean;
};

function openWithin(value: object, opening: Opening): unknown {
  if (isSealed(value)) return openAt(value, opening);
  const members = value as Record<string | number, unknown>;
  if (Array.isArray(value)) for (let index = 0; index < value.length; index++) openMember(members, index, opening);
  else for (const name of Object.keys(value)) openMember(members, name, opening);
  return value;
}

function openMember(members: Record<string | number, unknown>, name: string | number, opening: Opening): void {
  const member = members[name];
  if (typeof member !== "object" || member === null) return;
  opening.place.push(name);
  members[name] = openWithin(member, opening);
  opening.place.pop();
}

function openAt(value: object, opening: Opening): unknown {
  const field = pointerOf(opening.place);
  const text = opening.opener.textOf(sealedAt(value, field), field);
  if (text !== undefined) return JSON.parse(text);
  opening.forgotten = true;
  return opening.standIn([...opening.place]);
}

/**
 * Whether a payload that is given again is the one that was stored: the same bytes, sealed values by what they say. What
 * was forgotten since cannot be told any more and counts as the same. The keys must have been brought.
 */
export function isSamePayload(stored: SealedEvent, given: string): boolean {
  if (!hasSealed(stored.data)) return stored.data === given;
  const payload = JSON.parse(stored.data) as unknown;
  const opener = new Opener(stored, payload);
  let text = given;
  for (const { sealed, place } of sealedIn(payload, [])) {
    const [there, here] = [spanOf(stored.data, place), spanOf(text, place)];
    if (!there || !here) return false;
    const value = opener.textOf(sealed, pointerOf(place));
    if (value !== undefined && value !== text.slice(here.start, here.end)) return false;
    text = text.slice(0, here.start) + stored.data.slice(there.start, there.end) + text.slice(here.end);
  }
  return text === stored.data;
}

/** The stored text with every value that can still be read put back; sealed ones stay where they cannot. */
export function readableText(stored: SealedEvent): string {
  if (!hasSealed(stored.data) || !keysOf(stored)) return stored.data;
  const payload = JSON.parse(stored.data) as unknown;
  const opener = new Opener(stored, payload);
  let text = stored.data;
  for (const { sealed, place } of sealedIn(payload, [])) {
    const span = spanOf(text, place);
    const value = span && attempt(() => opener.textOf(sealed, pointerOf(place)));
    if (span && value !== undefined) text = text.slice(0, span.start) + value + text.slice(span.end);
  }
  return text;
}

/** The values of an event that are sealed under one of these keys and can be opened. The keys must have been brought. */
export function valuesSealedUnder(event: SealedEvent, keys: ReadonlySet<string>): readonly unknown[] {
  const payload = JSON.parse(event.data) as unknown;
  const opener = new Opener(event, payload);
  return sealedIn(payload, [])
    .filter(({ sealed }) => keys.has(sealed.key))
    .map(({ sealed, place }) => attempt(() => opener.textOf(sealed, pointerOf(place))))
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
  const text = attempt(() => new Opener(event, payload).textOf(sealed, pointerOf(place)));
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

/** Opens the sealed values of one event. What they share is looked up once. */
class Opener {
  readonly #payload: unknown;
  readonly #keys: ReturnType<typeof keysOf>;
  readonly #event: string;
  readonly #unanswered: boolean;
  #person: { readonly at: string; readonly binding: PersonBinding } | undefined;

  constructor(event: SealedEvent, payload: unknown) {
    this.#payload = payload;
    this.#keys = keysOf(event);
    this.#event = eventBinding(event);
    this.#unanswered = isUnanswered(event);
  }

  /** Undefined: the key is destroyed, or was asked for in vain by somebody who does not need it. */
  textOf(sealed: SealedField, field: string): string | undefined {
    if (this.#unanswered) return undefined;
    const opened = this.#keys?.get(sealed.key);
    if (!opened)
      throw new SealBroken(field, "its key was not asked for, because no version of its type declares it personal");
    if (opened.state === "destroyed") return undefined;
    if (opened.state === "unknown") throw new KeyUnknown(field, sealed.key, sealed.epoch);
    return openField(opened.key, sealed, { event: this.#event, field, person: this.#personAt(sealed.of, field) });
  }

  #personAt(of: string, field: string): PersonBinding {
    if (this.#person?.at !== of) {
      const subject = valueAtPointer(this.#payload, of);
      if (typeof subject !== "string") throw new SealBroken(field, `nobody is named at ${of}`);
      this.#person = { at: of, binding: personBinding(of, subject) };
    }
    return this.#person.binding;
  }
}

function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
