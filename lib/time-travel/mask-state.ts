import type { Catalog } from "@/lib/catalog/catalog";
import { FORGOTTEN } from "@/lib/define";
import type { JsonChange } from "@/lib/kernel/json-changes";
import { type JsonSegments, parsePath } from "@/lib/kernel/json-path";
import { categoryOf } from "@/lib/kernel/stream-name";

/** What stands where personal data was taken out. */
const MASKED = "▒▒▒ personal data, masked";

/** Takes the personal data that the decider of a stream's category declares out of all that tells of its states. */
export function stateMask(catalog: Catalog, stream: string): StateMask {
  const personal = catalog.decider(categoryOf(stream))?.personal ?? [];
  return {
    personal,
    state: (state) => maskPaths(state, personal),
    changes: (changes) => changes.map((change) => maskChange(change, personal)),
    member: (path, value) => maskMember(path, value, personal),
  };
}

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
export function maskPaths(value: unknown, paths: readonly string[]): unknown {
  return paths.reduce((masked, path) => maskAt(masked, path.split(".")), value);
}

function maskAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value === FORGOTTEN ? FORGOTTEN : MASKED;
  if (typeof value !== "object" || value === null) return value;
  const inside = (name: string, member: unknown) => (key === "*" || key === name ? maskAt(member, rest) : member);
  if (Array.isArray(value)) return value.map((item, at) => inside(String(at), item));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inside(name, member)]));
}

/** A value is masked as it would be in the state that it is in. */
function maskMember(path: string, value: unknown, personal: readonly string[]): unknown {
  const place = parsePath(path) ?? [];
  return personal.reduce((at, field) => maskWithin(at, place, field.split(".")), value);
}

function maskChange(change: JsonChange, personal: readonly string[]): JsonChange {
  const masked = (value: unknown) => maskMember(change.path, value, personal);
  return {
    ...change,
    ...("before" in change ? { before: masked(change.before) } : {}),
    ...("after" in change ? { after: masked(change.after) } : {}),
  };
}

function maskWithin(value: unknown, place: JsonSegments, field: readonly string[]): unknown {
  for (const [at, segment] of place.entries()) {
    const part = field[at];
    if (part === undefined) return maskAt(value, []);
    if (part !== "*" && part !== String(segment)) return value;
  }
  return maskAt(value, field.slice(place.length));
}
