import { type JsonSegments, parsePath, pathText, valueAt } from "@/lib/kernel/json-path";

/** One difference between two JSON values at a path (`lines[0].sku`). `before` is absent when added, `after` when removed. */
export type JsonChange = {
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before?: unknown;
  readonly after?: unknown;
};

/**
 * What leads from one JSON value to another, in the order of the later one; array items are compared by their place.
 * Applied to `before` in this order the changes give `after`.
 */
export function jsonChanges(before: unknown, after: unknown): readonly JsonChange[] {
  const changes: JsonChange[] = [];
  compare(before, after, [], changes);
  return changes;
}

/** Applies changes to a value, which stays as it is. Throws `RangeError` for a path that is none. */
export function applyChanges(value: unknown, changes: readonly JsonChange[]): unknown {
  let result: unknown = structuredClone(value);
  for (const { path, kind, after } of changes) {
    const segments = parsePath(path);
    if (!segments) throw new RangeError(`${path} is not a path`);
    const last = segments.at(-1);
    if (last === undefined) {
      result = structuredClone(after);
      continue;
    }
    const holder = valueAt(result, segments.slice(0, -1));
    if (typeof holder !== "object" || holder === null) throw new RangeError(`${path} is not in the value`);
    if (Array.isArray(holder) && kind === "removed") holder.splice(Number(last), 1);
    else if (kind === "removed") Reflect.deleteProperty(holder, last);
    // Not by assignment: `__proto__` is a key like any other.
    else Object.defineProperty(holder, last, { value: structuredClone(after), ...OWN });
  }
  return result;
}

const OWN = { writable: true, enumerable: true, configurable: true } as const;

function compare(before: unknown, after: unknown, at: JsonSegments, changes: JsonChange[]): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) items(before, after, at, changes);
  else if (isObject(before) && isObject(after)) members(before, after, at, changes);
  else changes.push({ path: pathText(at), kind: "changed", before, after });
}

type Members = Readonly<Record<string, unknown>>;

function members(before: Members, after: Members, at: JsonSegments, changes: JsonChange[]): void {
  for (const key of Object.keys(after)) {
    if (Object.hasOwn(before, key)) compare(before[key], after[key], [...at, key], changes);
    else changes.push({ path: pathText([...at, key]), kind: "added", after: after[key] });
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key))
      changes.push({ path: pathText([...at, key]), kind: "removed", before: before[key] });
  }
}

function items(before: readonly unknown[], after: readonly unknown[], at: JsonSegments, changes: JsonChange[]): void {
  for (const [index, item] of after.entries()) {
    if (index < before.length) compare(before[index], item, [...at, index], changes);
    else changes.push({ path: pathText([...at, index]), kind: "added", after: item });
  }
  // From the end, so that each path is right when its turn to be applied has come.
  for (let index = before.length - 1; index >= after.length; index--) {
    changes.push({ path: pathText([...at, index]), kind: "removed", before: before[index] });
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
