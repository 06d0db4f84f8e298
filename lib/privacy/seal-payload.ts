import { PayloadRefused } from "@/lib/kernel/errors";
import { spansOf } from "@/lib/kernel/json";
import type { SubjectKey } from "@/lib/keys/key-store";
import type { SealedEvent } from "@/lib/privacy/keys-at-hand";
import { type PersonalPath, type Place, placesOf, pointerOf, subjectPlace, valueAt } from "@/lib/privacy/personal-path";
import { eventBinding, type PersonBinding, personBinding, sealField } from "@/lib/privacy/sealed-field";

/** A personal value of a payload, with whose it is. */
export type PersonalValue = { readonly place: Place; readonly of: Place; readonly subject: string };

/**
 * The personal values of a payload, the outermost where one holds another; null is no value. Throws `PayloadRefused` where
 * the payload does not say whose one is: then nobody could ever ask for it to be forgotten.
 */
export function personalValues(event: SealedEvent, paths: readonly PersonalPath[]): readonly PersonalValue[] {
  const payload = JSON.parse(event.data) as unknown;
  const values: PersonalValue[] = [];
  for (const path of outerFirst(paths)) {
    for (const place of placesOf(payload, path.path)) {
      if (values.some((outer) => isWithin(place, outer.place))) continue;
      const of = subjectPlace(path, place);
      const subject = of && valueAt(payload, of);
      if (of === undefined || typeof subject !== "string" || subject === "") throw subjectMissing(event, path, place);
      values.push({ place, of, subject });
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
  const sealed = values.map(({ place, of: ofPlace, subject }, index) => {
    const key = keys.get(subject);
    const span = spans[index];
    if (!key || !span) throw new Error(`no key or no value for ${pointerOf(place)} of ${event.type}`);
    const of = pointerOf(ofPlace);
    if (last?.of !== of || last.subject !== subject) last = { of, subject, person: personBinding(of, subject) };
    const { person } = last;
    const binding = { event: bound, field: pointerOf(place), person };
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

/** In the order of their depth; the paths of a type are one list, so it is sorted once. */
function outerFirst(paths: readonly PersonalPath[]): readonly PersonalPath[] {
  let inOrder = sorted.get(paths);
  if (!inOrder) {
    inOrder = [...paths].sort((a, b) => a.path.split(".").length - b.path.split(".").length);
    sorted.set(paths, inOrder);
  }
  return inOrder;
}

const sorted = new WeakMap<readonly PersonalPath[], readonly PersonalPath[]>();

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
