import type { Catalog } from "@/lib/catalog/catalog";
import { FORGOTTEN } from "@/lib/define";
import type { JsonChange } from "@/lib/kernel/json-changes";
import { type JsonSegments, parsePath } from "@/lib/kernel/json-path";
import { categoryOf } from "@/lib/kernel/stream-name";

/** What stands where personal data was taken out. */
const MASKED = "▒▒▒ personal data, masked";

/** A state and what led to it, without the personal data that the category's decider declares. */
export function maskState(
  catalog: Catalog,
  stream: string,
  { state, changes }: { readonly state: unknown; readonly changes: readonly JsonChange[] },
): { readonly state: unknown; readonly changes: readonly JsonChange[] } {
  const personal = catalog.decider(categoryOf(stream))?.personal ?? [];
  if (personal.length === 0) return { state, changes };
  return { state: maskPaths(state, personal), changes: changes.map((change) => maskChange(change, personal)) };
}

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

/** Masks what a change says by masking the value it would be in. */
function maskChange(change: JsonChange, personal: readonly string[]): JsonChange {
  const place = parsePath(change.path) ?? [];
  const masked = (value: unknown) => personal.reduce((at, path) => maskWithin(at, place, path.split(".")), value);
  return {
    ...change,
    ...("before" in change ? { before: masked(change.before) } : {}),
    ...("after" in change ? { after: masked(change.after) } : {}),
  };
}

function maskWithin(value: unknown, place: JsonSegments, field: readonly string[]): unknown {
  for (const [at, segment] of place.entries()) {
    const part = field[at];
    if (part === undefined) return MASKED;
    if (part !== "*" && part !== String(segment)) return value;
  }
  return maskAt(value, field.slice(place.length));
}
