import { joinPath } from "@/lib/kernel/json-path";
import { type JsonNode, leafText } from "./json-tree";

/** One difference between two JSON values. `before` and `after` are the values' trees; one of them may be missing. */
export type JsonChange = {
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before?: JsonNode;
  readonly after?: JsonNode;
};

/** What changed, in the order of the later value, removed members where they stood; and how many leaves did not. */
export type JsonDifference = { readonly changes: readonly JsonChange[]; readonly unchanged: number };

/**
 * Compares two JSON trees member by member. Array items are matched by an `id`, `sku` or `key` of their own where every
 * item has one, else by place; numbers count as equal when they are written the same.
 */
export function diffJson(before: JsonNode, after: JsonNode): JsonDifference {
  const changes: JsonChange[] = [];
  const unchanged = compare(before, after, "", changes);
  return { changes, unchanged };
}

function compare(before: JsonNode, after: JsonNode, path: string, changes: JsonChange[]): number {
  if (before.kind === "object" && after.kind === "object") return members(before.entries, after.entries, path, changes);
  if (before.kind === "array" && after.kind === "array") return items(before.items, after.items, path, changes);
  if (before.kind === after.kind && leafText(before) === leafText(after)) return 1;
  changes.push({ path, kind: "changed", before, after });
  return 0;
}

type Entry = readonly [key: string, node: JsonNode];

function members(before: readonly Entry[], after: readonly Entry[], path: string, changes: JsonChange[]): number {
  const old = new Map(before);
  const kept = new Set(after.map(([key]) => key));
  let unchanged = 0;
  for (const [key, node] of after) {
    const earlier = old.get(key);
    if (earlier) unchanged += compare(earlier, node, joinPath(path, key), changes);
    else changes.push({ path: joinPath(path, key), kind: "added", after: node });
  }
  for (const [key, node] of before) {
    if (!kept.has(key)) changes.push({ path: joinPath(path, key), kind: "removed", before: node });
  }
  return unchanged;
}

function items(before: readonly JsonNode[], after: readonly JsonNode[], path: string, changes: JsonChange[]): number {
  const field = ["id", "sku", "key"].find((name) => isIdentity(before, name) && isIdentity(after, name));
  const keyed = (nodes: readonly JsonNode[]): Map<string, readonly [number, JsonNode]> =>
    new Map(nodes.map((node, index) => [field ? identity(node, field) : String(index), [index, node] as const]));
  const [old, current] = [keyed(before), keyed(after)];
  let unchanged = 0;
  for (const [key, [index, node]] of current) {
    const earlier = old.get(key);
    if (earlier) unchanged += compare(earlier[1], node, joinPath(path, index), changes);
    else changes.push({ path: joinPath(path, index), kind: "added", after: node });
  }
  for (const [key, [index, node]] of old) {
    if (!current.has(key)) changes.push({ path: joinPath(path, index), kind: "removed", before: node });
  }
  return unchanged;
}

function isIdentity(nodes: readonly JsonNode[], field: string): boolean {
  const ids = nodes.map((node) => identity(node, field));
  return ids.every((id) => id !== "") && new Set(ids).size === ids.length;
}

function identity(node: JsonNode, field: string): string {
  const member = node.kind === "object" ? node.entries.find(([key]) => key === field)?.[1] : undefined;
  return member === undefined || member.kind === "object" || member.kind === "array" ? "" : leafText(member);
}
