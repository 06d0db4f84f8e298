import type { DecodedEvent, FoldProjection } from "@/lib/define";

/** The rows of a fold projection after some decoded events, by key: what a worker would have written, without one. */
export function foldRows(
  projection: FoldProjection,
  events: readonly DecodedEvent[],
): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  for (const event of events) {
    const evolve = projection.evolve[event.type];
    const keys = evolve ? (projection.key(event) ?? []) : [];
    for (const key of typeof keys === "string" ? [keys] : keys) {
      const row = evolve?.(rows.get(key) ?? projection.initial(key), event, key) ?? null;
      if (row === null) rows.delete(key);
      else rows.set(key, row);
    }
  }
  return rows;
}
