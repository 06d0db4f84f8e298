import type { SubjectKey } from "@/lib/keys/key-store";
import { keysOf, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { pointerBelow, valueAtPointer } from "@/lib/privacy/personal-path";
import {
  BEFORE_DATA,
  BEGIN,
  END,
  eventBinding,
  headOf,
  openText,
  type PersonBinding,
  personBinding,
  SEALED,
} from "@/lib/privacy/sealed-field";

/**
 * Opens a payload in which all is as it nearly always is: every sealed value is written as `sealField` writes it, and its key is
 * live. Then the values are cut out of the text before it is parsed, which leaves half of the parsing, and one comparison tells all
 * that is to be checked of what stands before a nonce. Undefined for every other payload, and where a value does not open: who asked
 * looks at each value by itself then, and says what is wrong.
 */
export function openInText(event: SealedEvent): { readonly data: unknown } | undefined {
  const cut = cutOut(event);
  if (!cut) return undefined;
  try {
    const payload = JSON.parse(cut.text) as unknown;
    if (typeof payload !== "object" || payload === null || Object.hasOwn(payload, SEALED)) return undefined;
    const people = cut.people.map((named) => withBinding(named, payload));
    const opening: Opening = { values: cut.values, people, event: eventBinding(event), opened: 0 };
    openWithin(payload, "", opening);
    return opening.opened === cut.values.length ? { data: payload } : undefined;
  } catch {
    return undefined;
  }
}

/** A person as the values of an event name them: by a key, and the place of their id as a JSON Pointer in JSON text. */
type Named = { readonly key: SubjectKey; readonly of: string; readonly head: string };
type Person = { readonly key: SubjectKey; readonly binding: PersonBinding };
type Value = { readonly person: number; readonly iv: string; readonly data: string };

/** A payload's text with the number of a value in each place of a sealed one. */
type Cut = { readonly text: string; readonly values: (Value | undefined)[]; readonly people: readonly Named[] };

function cutOut(event: SealedEvent): Cut | undefined {
  const { data } = event;
  const values: Value[] = [];
  const people: Named[] = [];
  let text = "";
  let end = 0;
  let person = -1;
  let head = "";
  for (let start = data.indexOf(BEGIN); start !== -1; start = data.indexOf(BEGIN, end)) {
    // Compared as a part cut out, which is several times faster than startsWith where it is long.
    if (head === "" || data.slice(start, start + head.length) !== head) {
      const named = namedAt(event, start);
      if (!named) return undefined;
      person = people.push(named) - 1;
      head = named.head;
    }
    const nonce = start + head.length;
    const hidden = nonce + NONCE_CHARACTERS + BEFORE_DATA.length;
    const behind = data.indexOf('"', hidden);
    if (!data.startsWith(BEFORE_DATA, nonce + NONCE_CHARACTERS) || !data.startsWith(END, behind)) return undefined;
    const iv = data.slice(nonce, nonce + NONCE_CHARACTERS);
    text += `${data.slice(end, start)}{"${SEALED}":${values.length}}`;
    end = behind + END.length;
    values.push({ person, iv, data: data.slice(hidden, behind) });
  }
  return { text: text + data.slice(end), values, people };
}

/** Whom a sealed value names; undefined unless their key is live and all of it is written as it is today. */
function namedAt(event: SealedEvent, start: number): Named | undefined {
  const { data } = event;
  const id = start + BEGIN.length;
  const opened = keysOf(event)?.get(data.slice(id, data.indexOf('"', id)));
  const of = data.indexOf(BEFORE_OF, id) + BEFORE_OF.length;
  if (opened?.state !== "live" || of < id) return undefined;
  const pointer = data.slice(of, data.indexOf(BEHIND_OF, of));
  const head = headOf(opened.key, pointer);
  return data.slice(start, start + head.length) === head ? { key: opened.key, of: pointer, head } : undefined;
}

const BEFORE_OF = '"of":';
const BEHIND_OF = ',"commit":"';
const NONCE_CHARACTERS = 16;

function withBinding({ key, of }: Named, payload: unknown): Person {
  const pointer = JSON.parse(of) as string;
  const subject = valueAtPointer(payload, pointer);
  if (typeof subject !== "string") throw new Error(`nobody is named at ${pointer}`);
  return { key, binding: personBinding(pointer, subject) };
}

/** A walk through the parsed text. */
type Opening = {
  /** Those that were opened are taken out: each is for one place. */
  readonly values: (Value | undefined)[];
  readonly people: readonly Person[];
  readonly event: string;
  opened: number;
};

function openWithin(value: object, pointer: string, opening: Opening): void {
  const members = value as Record<string | number, unknown>;
  if (Array.isArray(value))
    for (let index = 0; index < value.length; index++) openMember(members, index, pointer, opening);
  // A parsed object has no members but its own, and this way no list of their names is made.
  else for (const name in members) openMember(members, name, pointer, opening);
}

function openMember(
  members: Record<string | number, unknown>,
  name: string | number,
  pointer: string,
  opening: Opening,
): void {
  const member = members[name];
  if (typeof member !== "object" || member === null) return;
  const place = pointerBelow(pointer, name);
  const number = (member as { readonly [SEALED]?: number })[SEALED];
  if (number === undefined) openWithin(member, place, opening);
  else members[name] = openAt(number, place, opening);
}

function openAt(number: number, field: string, opening: Opening): unknown {
  const value = opening.values[number];
  const person = value && opening.people[value.person];
  if (!person) throw new Error("what stands here was not cut out");
  opening.values[number] = undefined;
  opening.opened += 1;
  const text = openText(person.key, value, { event: opening.event, field, person: person.binding });
  // A text without an escape is what stands between its quotes.
  return text.startsWith('"') && !text.includes("\\") ? text.slice(1, -1) : JSON.parse(text);
}
