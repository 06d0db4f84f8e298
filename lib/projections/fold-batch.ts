import type { Catalog } from "@/lib/catalog/catalog";
import { decodeEvents } from "@/lib/catalog/decode-known";
import type { DecodedEvent, FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { FoldedRow } from "@/lib/projections/row-cache";

/** An event of a batch with the keys of the rows it goes to. */
export type KeyedEvent = { readonly event: DecodedEvent; readonly keys: readonly string[] };

/** A stored event as this projection takes it: what it is read as and this one has code for, each with its keys. */
export function keyedEvents(
  projection: FoldProjection,
  catalog: Catalog,
  stored: RecordedEvent,
): readonly KeyedEvent[] {
  const keyed: KeyedEvent[] = [];
  for (const event of decodeEvents(catalog, stored)) {
    if (projection.evolve[event.type]) keyed.push({ event, keys: keysOf(projection, event) });
  }
  return keyed;
}

/** The rows an event goes to, each once and in the projection's order. Throws when the projection's `key` does. */
function keysOf(projection: FoldProjection, event: DecodedEvent): readonly string[] {
  const key = projection.key(event);
  if (key === null) return NONE;
  if (typeof key === "string") return [key];
  return key.length < 2 ? key : [...new Set(key)];
}

/**
 * Folds one event into its rows, which `rowOf` must know: `row: null` where there is none yet. Pure but for the rows
 * it replaces; a row that does not exist starts as `initial`, and `evolve` may end it with null.
 */
export function foldEvent(
  projection: FoldProjection,
  { event, keys }: KeyedEvent,
  rowOf: (key: string) => FoldedRow,
  touched: Map<string, FoldedRow>,
): void {
  const evolve = projection.evolve[event.type];
  if (!evolve) return;
  for (const key of keys) {
    const folded = touched.get(key) ?? rowOf(key);
    const row = evolve(folded.row ?? projection.initial(key), event, key);
    touched.set(key, { row, version: event.version, position: event.position });
  }
}

const NONE: readonly string[] = [];
