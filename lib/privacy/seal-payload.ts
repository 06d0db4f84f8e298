import { PayloadRefused } from "@/lib/kernel/errors";
import { type PathTree, pathTree, type Span, spansIn, spansOf } from "@/lib/kernel/json";
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
  /** Where its text stands, if that is known already. */
  readonly span?: Span;
};

/**
 * The personal values of a payload, the outermost where one holds another; null is no value. Throws `PayloadRefused` where
 * the payload does not say whose one is: then nobody could ever ask for it to be forgotten.
 */
export function personalValues(event: SealedEvent, paths: readonly PersonalPath[]): readonly PersonalValue[] {
  const known = knownOf(paths);
  if (known.fixed) return fixedValues(event, known.fixed);
  const payload = JSON.parse(event.data) as unknown;
  const values: PersonalValue[] = [];
  for (const path of known.outerFirst) {
    for (const place of placesOf(payload, path.path)) {
      if (values.some((outer) => isWithin(place, outer.place))) continue;
      const whose = subjectPlace(path, place);
      const subject = whose && valueAt(payload, whose);
      if (whose === undefined || typeof subject !== "string" || subject === "")
        throw subjectMissing(event, path, place);
      values.push({ place, subject, field: pointerOf(place), of: pointerOf(whose) });
    }
  }
  return values;
}

/** The same where every path leads to one place: found in the text, which is not parsed for it. */
function fixedValues(event: SealedEvent, { paths, tree }: FixedPaths): readonly PersonalValue[] {
  const { data } = event;
  const spans = spansIn(data, tree);
  const values: PersonalValue[] = [];
  let last: { readonly span: Span; readonly text: unknown } | undefined;
  for (const [index, path] of paths.entries()) {
    const { place, field, of } = path;
    const span = spans[2 * index];
    if (!span || data.slice(span.start, span.end) === "null") continue;
    if (values.some((outer) => isWithin(place, outer.place))) continue;
    const whose = spans[2 * index + 1];
    // Parsed, because a part of the payload's text would keep the whole in memory with it, for as long as a name is remembered.
    if (whose && last?.span !== whose) last = { span: whose, text: JSON.parse(data.slice(whose.start, whose.end)) };
    const subject = whose && last?.text;
    if (typeof subject !== "string" || subject === "") throw subjectMissing(event, path.declared, place);
    values.push({ place, subject, field, of, span });
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
  const spans = values.every(({ span }) => span)
    ? values.map(({ span }) => span)
    : spansOf(
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

/** The paths of a type, with what is the same in all of its payloads. */
type KnownPaths = {
  readonly outerFirst: readonly PersonalPath[];
  /** Where each of them leads to one place only. */
  readonly fixed: FixedPaths | undefined;
};

/** In `tree`, a value has the number 2n and its subject's id 2n + 1. */
type FixedPaths = { readonly paths: readonly FixedPath[]; readonly tree: PathTree };
type FixedPath = {
  readonly declared: PersonalPath;
  readonly place: Place;
  readonly field: string;
  readonly of: string;
};

/** The paths of a type are one list, so they are looked at once. */
function knownOf(paths: readonly PersonalPath[]): KnownPaths {
  let known = knownPaths.get(paths);
  if (!known) {
    const outerFirst = paths.toSorted((a, b) => a.path.split(".").length - b.path.split(".").length);
    known = { outerFirst, fixed: outerFirst.every(isFixed) ? fixedOf(outerFirst) : undefined };
    knownPaths.set(paths, known);
  }
  return known;
}

const knownPaths = new WeakMap<readonly PersonalPath[], KnownPaths>();

/** A number in a path is a member's name or an element's place, which only the parsed payload tells. */
function isFixed({ path, subject }: PersonalPath): boolean {
  return ![...path.split("."), ...subject.split(".")].some((step) => step === "*" || /^\d+$/.test(step));
}

function fixedOf(paths: readonly PersonalPath[]): FixedPaths {
  const places = paths.map(({ path, subject }) => ({ place: path.split("."), whose: subject.split(".") }));
  return {
    paths: paths.map((declared, index) => {
      const { place = [], whose = [] } = places[index] ?? {};
      return { declared, place, field: pointerOf(place), of: pointerOf(whose) };
    }),
    tree: pathTree(places.flatMap(({ place, whose }) => [place, whose])),
  };
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
