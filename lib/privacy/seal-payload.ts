import { PayloadRefused } from "@/lib/kernel/errors";
import { spanOf } from "@/lib/kernel/json";
import type { SubjectKey } from "@/lib/keys/key-store";
import type { SealedEvent } from "@/lib/privacy/keys-at-hand";
import { type PersonalPath, type Place, placesOf, pointerOf, subjectPlace, valueAt } from "@/lib/privacy/personal-path";
import { eventBinding, sealField } from "@/lib/privacy/sealed-field";

/** A personal value of a payload, with whose it is. */
export type PersonalValue = { readonly place: Place; readonly of: Place; readonly subject: string };

/**
 * The personal values of a payload, the outermost where one holds another; null is no value. Throws `PayloadRefused` where
 * the payload does not say whose one is: then nobody could ever ask for it to be forgotten.
 */
export function personalValues(event: SealedEvent, paths: readonly PersonalPath[]): readonly PersonalValue[] {
  const payload = JSON.parse(event.data) as unknown;
  const values: PersonalValue[] = [];
  const outerFirst = [...paths].sort((a, b) => a.path.split(".").length - b.path.split(".").length);
  for (const path of outerFirst) {
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
  let { data } = event;
  for (const { place, of: ofPlace, subject } of values) {
    const key = keys.get(subject);
    const span = spanOf(data, place);
    if (!key || !span) throw new Error(`no key or no value for ${pointerOf(place)} of ${event.type}`);
    const [field, of] = [pointerOf(place), pointerOf(ofPlace)];
    const sealed = sealField(key, data.slice(span.start, span.end), { event: bound, field, of, subject });
    data = data.slice(0, span.start) + sealed + data.slice(span.end);
  }
  return data;
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
