import type { Catalog } from "@/lib/catalog/catalog";
import { decodeEvents } from "@/lib/catalog/decode-known";
import type { DecodedEvent, FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { FoldedRow } from "@/lib/projections/row-cache";
import { rowCopy } from "@/lib/projections/row-form";
import { EventFailed } from "@/lib/subscriptions/consumer";

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
  const copy = rowCopy(projection);
  for (const key of keys) {
    const folded = touched.get(key) ?? rowOf(key);
    const row = evolve(copy(folded.row ?? projection.initial(key)), event, key);
    touched.set(key, { row, version: event.version, position: event.position });
  }
}

/** The rows that a batch is folded onto. */
export type RowsAtHand = {
  /** Whether every row that exists is at hand, so that an unknown key has none. */
  readonly complete: boolean;
  readonly known: (key: string) => FoldedRow | undefined;
  /** The rows that exist among `keys`; asked for once, with all that are neither known nor touched. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, FoldedRow>>;
};

/**
 * Decodes stored events and folds them in order; what changes is put into `touched`, all of it or, when this throws, nothing.
 * Throws `EventFailed` for an event. `check` is called when all is folded: what it throws takes everything back.
 */
export async function foldEvents(
  projection: FoldProjection,
  catalog: Catalog,
  events: readonly RecordedEvent[],
  rows: RowsAtHand,
  touched: Map<string, FoldedRow>,
  check: () => void = () => undefined,
): Promise<void> {
  await catalog.bringKeys(events);
  let index = 0;
  let folding: Folder | undefined;
  try {
    // With every row at hand each event is decoded, folded and dropped; otherwise all keys must be known first.
    if (rows.complete) {
      const fold = createFolding(projection, rows.known, touched);
      folding = fold;
      for (const event of events) {
        const view = catalog.viewOnDemand(event);
        if (view) fold.one(view);
        else for (const each of decodeEvents(catalog, event)) fold.one(each);
        index += 1;
      }
      index = NO_EVENT;
      check();
      fold.end();
      return;
    }
    const batch: (readonly KeyedEvent[])[] = [];
    for (const event of events) {
      batch.push(keyedEvents(projection, catalog, event));
      index += 1;
    }
    index = NO_EVENT;
    const rowOf = await rowsFor(batch, rows, touched);
    const mine = new Map<string, FoldedRow>();
    index = 0;
    for (const keyed of batch) {
      for (const each of keyed) foldEvent(projection, each, (key) => touched.get(key) ?? rowOf(key), mine);
      index += 1;
    }
    index = NO_EVENT;
    check();
    for (const [key, folded] of mine) touched.set(key, folded);
  } catch (error) {
    folding?.takeBack();
    const event = events[index];
    throw event ? new EventFailed(index, event, error) : error;
  }
}

/**
 * Folds one event after the other onto rows that are all at hand, as `foldEvent` does. An event's version and position are
 * cut out of a text: they are asked for once a row, at the end, and not once an event.
 */
function createFolding(
  projection: FoldProjection,
  known: (key: string) => FoldedRow | undefined,
  touched: Map<string, FoldedRow>,
) {
  const copy = rowCopy(projection);
  const mine: Folding[] = [];
  const before: Folding["row"][] = [];
  const added: string[] = [];

  function onto(key: string, event: DecodedEvent, evolve: Evolve): void {
    const folded = touched.get(key) as Folding | undefined;
    if (folded) {
      const row = evolve(copy(folded.row ?? projection.initial(key)), event, key);
      if (folded.newest === undefined) {
        mine.push(folded);
        before.push(folded.row);
      }
      folded.row = row;
      folded.newest = event;
      return;
    }
    // A row of an earlier batch is not changed where it stands: this batch may come to nothing.
    const row = evolve(copy(known(key)?.row ?? projection.initial(key)), event, key);
    const next = { row, version: 0, position: 0n, newest: event };
    touched.set(key, next);
    mine.push(next);
    before.push(null);
    added.push(key);
  }

  return {
    one(event: DecodedEvent): void {
      const evolve = projection.evolve[event.type];
      if (!evolve) return;
      const key = projection.key(event);
      if (typeof key === "string") onto(key, event, evolve);
      else if (key !== null) for (const each of new Set(key)) onto(each, event, evolve);
    },
    end(): void {
      for (const folded of mine) {
        folded.version = folded.newest?.version ?? 0;
        folded.position = folded.newest?.position ?? 0n;
        folded.newest = undefined;
      }
    },
    takeBack(): void {
      for (const [index, folded] of mine.entries()) {
        folded.row = before[index] ?? null;
        folded.newest = undefined;
      }
      for (const key of added) touched.delete(key);
    },
  };
}

type Folder = ReturnType<typeof createFolding>;

/** A row in the hands of a folding, with the last event folded into it; undefined between two batches. */
type Folding = FoldedRow & { newest?: DecodedEvent | undefined };

type Evolve = FoldProjection["evolve"][string];

/** Knows the row of every key of the batch, whatever is dropped from memory meanwhile. */
async function rowsFor(
  batch: readonly (readonly KeyedEvent[])[],
  { known, load }: RowsAtHand,
  touched: ReadonlyMap<string, FoldedRow>,
): Promise<(key: string) => FoldedRow> {
  const found = new Map<string, FoldedRow>();
  const missing: string[] = [];
  for (const keyed of batch) {
    for (const { keys } of keyed) {
      for (const key of keys) {
        if (found.has(key) || touched.has(key)) continue;
        const row = known(key);
        found.set(key, row ?? NO_ROW);
        if (!row) missing.push(key);
      }
    }
  }
  if (missing.length > 0) for (const [key, row] of await load(missing)) found.set(key, row);
  return (key) => found.get(key) ?? NO_ROW;
}

const NO_ROW: FoldedRow = { row: null, version: 0, position: 0n };

/** While rows are loaded, no event is to blame for what fails. */
const NO_EVENT = -1;

const NONE: readonly string[] = [];
