import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { foldEvent, keyedEvents } from "@/lib/projections/fold-batch";
import type { FoldTable } from "@/lib/projections/fold-table";
import type { FoldedRow } from "@/lib/projections/row-cache";

/**
 * Folds events into a table in the caller's transaction, without remembering anything: load, fold, write. Rows whose key
 * is the event's own stream are guarded by the append's lock on it; other keys are locked here first, in one order.
 */
export async function applyFold(
  projection: FoldProjection,
  table: FoldTable,
  catalog: Catalog,
  client: pg.PoolClient,
  events: readonly RecordedEvent[],
): Promise<void> {
  await catalog.bringKeys(events);
  const batch = events.flatMap((event) => keyedEvents(projection, catalog, event));
  const keys = [...new Set(batch.flatMap((keyed) => keyed.keys))];
  if (keys.length === 0) return;
  const streams = new Set(batch.map(({ event }) => event.stream));
  const shared = keys.filter((key) => !streams.has(key)).sort();
  if (shared.length > 0) {
    await client.query(
      "select pg_advisory_xact_lock(hashtext($1), hashtext(key)) from (select key from unnest($2::text[]) with ordinality as k(key, n) order by n) k",
      [`tidemark.fold:${projection.name}`, shared],
    );
  }
  const loaded = await table.load(client, keys);
  const touched = new Map<string, FoldedRow>();
  const rowOf = (key: string) => loaded.get(key) ?? { row: null, version: 0, position: 0n };
  for (const keyed of batch) foldEvent(projection, keyed, rowOf, touched);
  const { parts, values } = table.write(touched, 1, "");
  const columns = values.length;
  if (parts.length === 0 || columns === 0) return;
  const [first, second] = parts;
  const text = second === undefined ? `${first}` : `with written as (${first} returning 1) ${second}`;
  await client.query({ text, values: [...values] });
}
