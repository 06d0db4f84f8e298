import type { Catalog } from "@/lib/catalog/catalog";
import { FORGOTTEN } from "@/lib/define";
import type { JsonChange } from "@/lib/kernel/json-changes";
import { type JsonSegments, parsePath } from "@/lib/kernel/json-path";
import { categoryOf } from "@/lib/kernel/stream-name";

/** What stands where personal data was taken out. */
const MASKED = "▒▒▒ personal data, masked";

/** The same where nobody could tell what stands there: not even whether it was forgotten. */
const UNANSWERED = "▒▒▒ personal data, masked: the key store does not answer";

/**
 * Takes the personal data that the decider of a stream's category declares out of all that tells of its states. `keysAnswered` is
 * how they were folded.
 */
export function stateMask(catalog: Catalog, stream: string, keysAnswered = true): StateMask {
  const personal = catalog.decider(categoryOf(stream))?.personal ?? [];
  const mask = keysAnswered ? maskOf : () => UNANSWERED;
  const member = (path: string, value: unknown) => maskMember(path, value, personal, mask);
  return {
    personal,
    state: (state) => maskPaths(state, personal, mask),
    changes: (changes) =>
      changes.map((change) => ({
        ...change,
        ...("before" in change ? { before: member(change.path, change.before) } : {}),
        ...("after" in change ? { after: member(change.path, change.after) } : {}),
      })),
    member,
  };
}

/** What stands in the place of a personal value. */
type Mask = (value: unknown) => string;

const maskOf: Mask = (value) => (value === FORGOTTEN ? FORGOTTEN : MASKED);

/** Each returns what it is given with `MASKED`, or `FORGOTTEN`, in place of personal values. */
type StateMask = {
  /** What is taken out: dotted paths, `*` for every element or key. */
  readonly personal: readonly string[];
  /** A state, as it is or as JSON. */
  readonly state: (state: unknown) => unknown;
  readonly changes: (changes: readonly JsonChange[]) => readonly JsonChange[];
  /** The value at a path of the state (`lines[0].sku`). */
  readonly member: (path: string, value: unknown) => unknown;
};

/** A copy of a JSON value with `MASKED` at each of the dotted paths; `*` stands for every element or key. */
export function maskPaths(value: unknown, paths: readonly string[], mask = maskOf): unknown {
  return paths.reduce((masked, path) => maskAt(masked, path.split("."), mask), value);
}

function maskAt(value: unknown, [key, ...rest]: readonly string[], mask: Mask): unknown {
  if (key === undefined) return mask(value);
  if (typeof value !== "object" || value === null) return value;
  const inside = (name: string, member: unknown) => (key === "*" || key === name ? maskAt(member, rest, mask) : member);
  if (Array.isArray(value)) return value.map((item, at) => inside(String(at), item));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inside(name, member)]));
}

/** A value is masked as it would be in the state that it is in. */
function maskMember(path: string, value: unknown, personal: readonly string[], mask: Mask): unknown {
  const place = parsePath(path) ?? [];
  return personal.reduce((at, field) => maskWithin(at, place, field.split("."), mask), value);
}

function maskWithin(value: unknown, place: JsonSegments, field: readonly string[], mask: Mask): unknown {
  for (const [at, segment] of place.entries()) {
    const part = field[at];
    if (part === undefined) return maskAt(value, [], mask);
    if (part !== "*" && part !== String(segment)) return value;
  }
  return maskAt(value, field.slice(place.length), mask);
}
