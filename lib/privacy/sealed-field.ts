import { TidemarkError } from "@/lib/kernel/errors";
import { decryptText, type EncryptedText, encryptText } from "@/lib/keys/aead";
import type { SubjectKey } from "@/lib/keys/key-store";
import { partsOf } from "@/lib/keys/parts";

/** What stands in a payload for a personal value, under the one member `$sealed`. Binary members are base64url. */
export type SealedField = {
  /** The id of the key, and which of the person's keys in turn it is. */
  readonly key: string;
  readonly epoch: number;
  readonly v: 1;
  readonly alg: "A256GCM";
  /** Where the id of the person stands in the same payload, as a JSON Pointer. */
  readonly of: string;
  /** Tells the key: GCM alone opens what was sealed under another one, given time to look for it. */
  readonly commit: string;
  readonly iv: string;
  /** The ciphertext and, behind it, its tag of 16 bytes. */
  readonly data: string;
};

/** What a sealed value cannot be taken away from: opened anywhere else it is refused. */
export type SealBinding = {
  /** `eventBinding` of the event that it stands in. */
  readonly event: string;
  /** The value's place, as a JSON Pointer. */
  readonly field: string;
  /** `personBinding` of whom it is about. */
  readonly person: PersonBinding;
};

/** Whom a value is about, as JSON texts: where the id stands, and that with the id itself. */
export type PersonBinding = { readonly of: string; readonly ofAndId: string };

/** What is bound of a person in an event: made once, however many of its values are about them. `of` is a JSON Pointer. */
export function personBinding(of: string, subject: string): PersonBinding {
  const text = quoted(of);
  return { of: text, ofAndId: `${text},${quoted(subject)}` };
}

/** What is bound of an event, as text: made once an event, however many of its values are sealed. */
export function eventBinding(event: {
  readonly tenant: string | null;
  readonly stream: string;
  readonly id: string;
  readonly type: string;
}): string {
  const { tenant, stream, id, type } = event;
  const whose = tenant === null ? "null" : quoted(tenant);
  return `["tidemark-sealed",1,${whose},${quoted(stream)},${quoted(id)},${quoted(type)}`;
}

/** The JSON text of a text. Most have nothing to escape, which is seen in a fraction of the time. */
function quoted(text: string): string {
  return /^[\w ./@:-]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The member that makes an object a sealed value; no client may send one. */
export const SEALED = "$sealed";

/** A sealed value is not what was sealed here: it was altered, moved, or is of a form that this code does not know. */
export class SealBroken extends TidemarkError {
  constructor(field: string, why: string, cause?: unknown) {
    super(
      "internal",
      `The sealed value at ${field} cannot be opened: ${why}. Compare the event with a copy, or verify the log.`,
      { field, why },
      { cause },
    );
  }
}

/**
 * Seals the JSON text of a value, and returns the JSON text that stands for it. The nonce is random: NIST allows 2^32
 * values under one key that way, and no person has so many.
 */
export function sealField(key: SubjectKey, value: string, binding: SealBinding): string {
  const { iv, data } = encryptText(key.encryption, additionalData(key, binding), value);
  return headOf(key, binding.person.of) + iv + BEFORE_DATA + data + END;
}

/** What every sealed value begins with. */
export const BEGIN = `{"${SEALED}":{"key":"`;
/** What stands between its nonce and its data. */
export const BEFORE_DATA = '","data":"';
/** What stands behind its data. */
export const END = '"}}';

/** What a sealed value of a person begins with, up to its nonce; `of` as JSON text. */
export function headOf(key: SubjectKey, of: string): string {
  const { id, epoch } = key;
  let known = heads.get(key);
  if (known?.of !== of) {
    const commit = known?.commit ?? key.commitment.toString("base64url");
    const before = `${BEGIN}${id}","epoch":${epoch},"v":1,"alg":"A256GCM","of":`;
    const head = `${before}${of},"commit":"${commit}","iv":"`;
    // Cut out again: the text that was given may be a part of a whole payload, which would stay in memory with it.
    known = { of: head.slice(before.length, before.length + of.length), commit, head };
    heads.set(key, known);
  }
  return known.head;
}

/** The last one of each key: most people are named in the same place again and again. */
const heads = new WeakMap<SubjectKey, { readonly of: string; readonly commit: string; readonly head: string }>();

/** The JSON text that was sealed. Throws `SealBroken` under another key, with another binding, or after any change. */
export function openField(key: SubjectKey, sealed: SealedField, binding: SealBinding): string {
  // It is stored beside what is sealed, so it is no secret and needs no comparison in constant time.
  if (sealed.epoch !== key.epoch || sealed.commit !== key.commitment.toString("base64url"))
    throw new SealBroken(binding.field, "another key sealed it");
  try {
    return openText(key, sealed, binding);
  } catch (error) {
    throw new SealBroken(binding.field, "it is not what was sealed for this place", error);
  }
}

/** The same of what is known to begin with `headOf` its key; says nothing about why where it cannot be opened. */
export function openText(key: SubjectKey, sealed: EncryptedText, binding: SealBinding): string {
  return decryptText(key.encryption, additionalData(key, binding), sealed).toString("utf8");
}

/** Whether a part of a parsed payload looks like a sealed value. */
export function isSealed(value: unknown): value is { readonly $sealed: unknown } {
  return typeof value === "object" && value !== null && Object.hasOwn(value, SEALED);
}

/** What a sealed value holds; `value` must look like one. Throws `SealBroken` for one of an unknown form. */
export function sealedAt(value: object, field: string): SealedField {
  const sealed = (value as Record<string, unknown>)[SEALED];
  if (Object.keys(value).length === 1 && isSealedField(sealed)) return sealed;
  throw new SealBroken(field, "its form is not known here");
}

function isSealedField(value: unknown): value is SealedField {
  if (typeof value !== "object" || value === null) return false;
  const members = value as Record<string, unknown>;
  if (members.v !== 1 || members.alg !== "A256GCM" || !Number.isInteger(members.epoch)) return false;
  return TEXTS.every((name) => typeof members[name] === "string");
}

const TEXTS = ["key", "of", "commit", "iv", "data"] as const;

/**
 * One text that no two bindings share, a JSON array: what separates its parts is quoted within them. It is to be used before
 * the next one is asked for.
 */
function additionalData({ id, epoch }: SubjectKey, { event, field, person }: SealBinding): Buffer {
  const rest = `,${quoted(field)},${person.ofAndId},"${id}",${epoch}]`;
  if ((event.length + rest.length) * 3 > room.length) return Buffer.from(event + rest);
  if (event !== inRoom.event) inRoom = { event, bytes: room.write(event) };
  return filledOf(inRoom.bytes + room.write(rest, inRoom.bytes));
}

/** Room for one at a time, used again for each. What belongs to the event stays in it for its next value. */
const room = Buffer.allocUnsafeSlow(8_192);
const filledOf = partsOf((length) => room.subarray(0, length));
let inRoom = { event: "", bytes: 0 };
