import { PayloadRefused } from "@/lib/kernel/errors";
import { spansOf } from "@/lib/kernel/json";
import type { SubjectKey } from "@/lib/keys/key-store";
import type { SealedEvent } from "@/lib/privacy/keys-at-hand";
import { type PersonalPath, type Place, placesOf, pointerOf, subjectPlace, valueAt } from "@/lib/privacy/personal-path";
import { eventBinding, type PersonBinding, personBinding, sealField } from "@/lib/privacy/sealed-field";

/** A personal value of a payload, with whose it is. */
export type PersonalValue = {
  readonly place: Place;
  readonly subject: string;
  /** The value's place and that of the subject's id, as JSON Pointers. */
  readonly field: string;
  readonly of: string;
};

/**
 * The personal values of a payload, the outermost where one holds another; null is no value. Throws `PayloadRefused` where
 * the payload does not say whose one is: then nobody could ever ask for it to be forgotten.
 */
export function personalValues(event: SealedEvent, paths: readonly PersonalPath[]): readonly PersonalValue[] {
  const payload = JSON.parse(event.data) as unknown;
  const values: PersonalValue[] = [];
  for (const path of outerFirst(paths)) {
    const { fixed } = path;
    for (const place of fixed ? heldAt(payload, fixed.place) : placesOf(payload, path.path)) {
      if (values.some((outer) => isWithin(place, outer.place))) continue;
      const whose = fixed ? fixed.whose : subjectPlace(path, place);
      const subject = whose && valueAt(payload, whose);
      if (whose === undefined || typeof subject !== "string" || subject === "")
        throw subjectMissing(event, path, place);
      const field = fixed ? fixed.field : pointerOf(place);
      values.push({ place, subject, field, of: fixed ? fixed.of : pointerOf(whose) });
    }
  }
  return values;
}

/** The payload with its personal values sealed; every other byte stays. `keys` holds each subject's. */
export function sealPayload(
  event: SealedEvent,
  values: readonly PersonalValue[],
  keys: ReadonlyMap<string, SubjectKey>,
): string {
  const bound = eventBinding(event);
  const { data } = event;
  const spans = spansOf(
    data,
    values.map(({ place }) => place),
  );
  // Mostly all values of an event are one person's.
  let last: { readonly of: string; readonly subject: string; readonly person: PersonBinding } | undefined;
  const sealed = values.map(({ field, of, subject }, index) => {
    const key = keys.get(subject);
    const span = spans[index];
    if (!key || !span) throw new Error(`no key or no value for ${field} of ${event.type}`);
    if (last?.of !== of || last.subject !== subject) last = { of, subject, person: personBinding(of, subject) };
    const { person } = last;
    const binding = { event: bound, field, person };
    return { span, text: sealField(key, data.slice(span.start, span.end), binding) };
  });
  let text = "";
  let end = 0;
  for (const { span, text: envelope } of sealed.sort((a, b) => a.span.start - b.span.start)) {
    text += data.slice(end, span.start) + envelope;
    end = span.end;
  }
  return text + data.slice(end);
}

/** A path with what is the same in every payload, where it leads to one place only. */
type KnownPath = PersonalPath & {
  readonly fixed?: { readonly place: Place; readonly whose: Place; readonly field: string; readonly of: string };
};

/** In the order of their depth; the paths of a type are one list, so they are looked at once. */
function outerFirst(paths: readonly PersonalPath[]): readonly KnownPath[] {
  let known = knownPaths.get(paths);
  if (!known) {
    known = paths.map(toKnownPath).sort((a, b) => a.path.split(".").length - b.path.split(".").length);
    knownPaths.set(paths, known);
  }
  return known;
}

const knownPaths = new WeakMap<readonly PersonalPath[], readonly KnownPath[]>();

function toKnownPath(path: PersonalPath): KnownPath {
  const [place, whose] = [path.path.split("."), path.subject.split(".")];
  if (place.includes("*") || whose.includes("*")) return path;
  return { ...path, fixed: { place, whose, field: pointerOf(place), of: pointerOf(whose) } };
}

function heldAt(payload: unknown, place: Place): readonly Place[] {
  const value = valueAt(payload, place);
  return value === undefined || value === null ? [] : [place];
}

function isWithin(place: Place, outer: Place): boolean {
  return outer.every((step, index) => step === place[index]);
}

function subjectMissing({ type }: SealedEvent, { path, subject }: PersonalPath, place: Place): PayloadRefused {
  return new PayloadRefused(
    "subject-missing",
    `$${place.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}`,
    `${path} of ${type} is personal data, and ${subject} does not say whose. Send the person's id there, as a text.`,
  );
}
