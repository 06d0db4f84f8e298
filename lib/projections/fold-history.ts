import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Projection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { applyFold } from "@/lib/projections/apply-fold";
import { createFoldTable } from "@/lib/projections/fold-table";
import { runHandlers } from "@/lib/projections/handler-applier";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import type { ReadModelTable } from "@/lib/projections/read-model-table";

const BATCH = 5_000;
/** How long registering waits for appends under way before it gives up: new appends wait as long. */
const HOLD_TIMEOUT_MS = 10_000;

/**
 * Brings a new inline projection up to date in the caller's transaction. Everything up to the high-water mark is folded
 * while appends go on, because it can no longer change; then appends are held, the rest is folded, and when the
 * transaction commits every further append writes the read model itself.
 */
export async function foldHistory(
  client: pg.PoolClient,
  projection: Projection,
  model: ReadModelTable,
  catalog: Catalog,
): Promise<void> {
  const { types } = consumerFacts(projection, catalog);
  const table = createFoldTable(model.table, model);
  const apply = (events: readonly RecordedEvent[]) =>
    projection.style === "fold"
      ? applyFold(projection, table, catalog, client, events)
      : runHandlers(projection, model.table, catalog, client, events);

  const { rows } = await client.query<{ position: bigint }>("select position from high_water");
  const mark = rows[0]?.position ?? 0n;
  for (const until of [mark, null]) {
    if (until === null) {
      await client.query(`set local lock_timeout = ${HOLD_TIMEOUT_MS}`);
      await client.query("select hold_appends()");
    }
    let after = until === null ? mark : 0n;
    for (;;) {
      const events = await readHistory(client, types, after, until);
      if (events.length > 0) await apply(events);
      const last = events.at(-1);
      if (!last || events.length < BATCH) break;
      after = last.position;
    }
  }
}

async function readHistory(
  client: pg.PoolClient,
  types: readonly string[],
  after: bigint,
  until: bigint | null,
): Promise<RecordedEvent[]> {
  const { rows } = await client.query<RecordedEvent>(
    `select event_id as id, type, schema_version as "schemaVersion", stream, version::float8 as version, position, slice,
            recorded_at as "recordedAt", occurred_at as "occurredAt", correlation_id as "correlationId",
            causation_id as "causationId", actor, tenant, traceparent, data, null as metadata, null as command
       from events where position > $1 and ($2::bigint is null or position <= $2) and type = any ($3)
      order by position limit $4`,
    [after, until, types, BATCH],
  );
  return rows;
}
