/**
 * Where personal data stands in a payload, and where the id of the person it is about does: dotted, `*` is each element of
 * a list and each member of a record. In `subject`, a `*` is the same element as at its place in `path`.
 */
export type PersonalPath = {
  readonly path: string;
  readonly subject: string;
  /** What the field reads as once the person is forgotten; absent: the usual words. */
  readonly forgotten?: unknown;
};

/** A value's own place: member names, and numbers of list elements. */
export type Place = readonly (string | number)[];

/** Every place of a parsed payload that a dotted path leads to and that holds a value. */
export function placesOf(data: unknown, path: string): readonly Place[] {
  const steps = path.split(".");
  if (steps.includes("*")) return walk(data, steps, []);
  const value = valueAt(data, steps);
  return value === undefined || value === null ? [] : [steps];
}

function walk(value: unknown, [step, ...rest]: readonly string[], place: Place): Place[] {
  if (step === undefined) return value === undefined || value === null ? [] : [place];
  if (typeof value !== "object" || value === null) return [];
  if (step === "*") {
    const within = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    return within.flatMap((key) => walk((value as Record<string | number, unknown>)[key], rest, [...place, key]));
  }
  return Object.hasOwn(value, step) ? walk((value as Record<string, unknown>)[step], rest, [...place, step]) : [];
}

/** The place of the subject's id of a value at `place`: undefined where a `*` of it is none of the value's own. */
export function subjectPlace({ path, subject }: PersonalPath, place: Place): Place | undefined {
  if (!subject.includes("*")) return subject.split(".");
  const own = path.split(".");
  const steps: (string | number)[] = [];
  let together = true;
  for (const [index, step] of subject.split(".").entries()) {
    together &&= step === own[index];
    const at = place[index];
    if (step === "*" && (!together || at === undefined)) return undefined;
    steps.push(step === "*" ? (at ?? step) : step);
  }
  return steps;
}

/** The value at a place; undefined where there is none. */
export function valueAt(data: unknown, place: Place): unknown {
  let value = data;
  for (const step of place) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** A place as a JSON Pointer (RFC 6901). */
export function pointerOf(place: Place): string {
  let pointer = "";
  for (const step of place) pointer = pointerBelow(pointer, step);
  return pointer;
}

/** The JSON Pointer of what stands one step further. */
export function pointerBelow(pointer: string, step: string | number): string {
  return `${pointer}/${typeof step === "string" && /[~/]/.test(step) ? escaped(step) : step}`;
}

function escaped(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The value that a JSON Pointer leads to; undefined where there is none. */
export function valueAtPointer(data: unknown, pointer: string): unknown {
  if (!pointer.startsWith("/")) return undefined;
  const place = pointer
    .slice(1)
    .split("/")
    .map((step) => (step.includes("~") ? step.replaceAll("~1", "/").replaceAll("~0", "~") : step));
  return valueAt(data, place);
}
