/** One difference between two states. `path` is dotted, `""` is the whole; array elements go by their index. */
export type Difference =
  | { readonly kind: "added"; readonly path: string; readonly after: unknown }
  | { readonly kind: "removed"; readonly path: string; readonly before: unknown }
  | { readonly kind: "changed"; readonly path: string; readonly before: unknown; readonly after: unknown };

/**
 * What differs between two JSON-safe states, in the order of the later one's members. An array whose elements are objects
 * with an id of their own (`id`, `sku`, `key`) is compared by that id, so that a line taken out does not shift the rest.
 */
export function diffStates(before: unknown, after: unknown): readonly Difference[] {
  return [...compare(before, after, [])];
}

type Members = ReadonlyMap<string, unknown>;

function* compare(before: unknown, after: unknown, path: readonly string[]): Generator<Difference> {
  if (Object.is(before, after)) return;
  const members = pairOfMembers(before, after);
  if (!members) {
    yield { kind: "changed", path: path.join("."), before, after };
    return;
  }
  const [old, now] = members;
  for (const [name, value] of now) {
    const place = [...path, name];
    if (old.has(name)) yield* compare(old.get(name), value, place);
    else yield { kind: "added", path: place.join("."), after: value };
  }
  for (const [name, value] of old) {
    if (!now.has(name)) yield { kind: "removed", path: [...path, name].join("."), before: value };
  }
}

/** The members of both sides where they can be compared one by one; `undefined` where only the whole can. */
function pairOfMembers(before: unknown, after: unknown): readonly [Members, Members] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    const old = byId(before);
    const now = byId(after);
    return old && now ? [old, now] : [byIndex(before), byIndex(after)];
  }
  if (isRecord(before) && isRecord(after)) return [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return undefined;
}

function byIndex(elements: readonly unknown[]): Members {
  return new Map(elements.map((element, index) => [String(index), element]));
}

/** `undefined` unless every element has an id, and no id comes twice. */
function byId(elements: readonly unknown[]): Members | undefined {
  const named = new Map<string, unknown>();
  for (const element of elements) {
    const id = idOf(element);
    if (id === undefined || named.has(id)) return undefined;
    named.set(id, element);
  }
  return named;
}

function idOf(element: unknown): string | undefined {
  if (!isRecord(element)) return undefined;
  const id = element.id ?? element.sku ?? element.key;
  return typeof id === "string" ? `[${id}]` : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
