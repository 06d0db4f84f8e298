import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { foldEvent, keyedEvents } from "@/lib/projections/fold-batch";
import { readModelName } from "@/lib/projections/read-model-table";
import type { FoldedRow } from "@/lib/projections/row-cache";

type Db = Pick<pg.ClientBase, "query">;
type Row = Readonly<Record<string, unknown>>;

/** What a fold's read model must be: the whole log folded at once in memory, rows in the order of their keys. */
export async function foldLog(db: Db, catalog: Catalog, projection: FoldProjection): Promise<Row[]> {
  const { rows } = await db.query<RecordedEvent>(
    `select event_id as id, type, schema_version as "schemaVersion", stream, version::float8 as version, position, slice,
            recorded_at as "recordedAt", occurred_at as "occurredAt", correlation_id as "correlationId",
            causation_id as "causationId", actor, tenant, traceparent, data, null as metadata, null as command
       from events where type = any ($1) order by position`,
    [catalog.storedTypes(Object.keys(projection.evolve))],
  );
  const folded = new Map<string, FoldedRow>();
  for (const stored of rows) {
    const rowOf = () => ({ row: null, version: 0, position: 0n });
    for (const keyed of keyedEvents(projection, catalog, stored)) foldEvent(projection, keyed, rowOf, folded);
  }
  return [...folded]
    .flatMap(([key, { row, version, position }]) => (row ? [{ key, ...row, version, position: String(position) }] : []))
    .sort(byKey);
}

/** What a fold's read model is, in the same form: under its stable name, or the table of one generation. */
export async function readModelOf(db: Db, projection: FoldProjection, generation?: number): Promise<Row[]> {
  const suffix = generation === undefined ? "" : `_g${generation}`;
  const { rows } = await db.query<Row>(`select * from tidemark_read.${readModelName(projection.name)}${suffix}`);
  return rows
    .map((row) => {
      const typed: Record<string, unknown> = { ...row, version: Number(row.version), position: String(row.position) };
      for (const [name, type] of Object.entries(projection.columns)) {
        const value = row[name];
        if (value === null) continue;
        if (type.startsWith("bigint")) typed[name] = Number(value);
        if (type.startsWith("json")) typed[name] = JSON.parse(String(value));
      }
      return typed;
    })
    .sort(byKey);
}

function byKey(a: Row, b: Row): number {
  return String(a.key) < String(b.key) ? -1 : 1;
}
