import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { foldEvent, keyedEvents } from "@/lib/projections/fold-batch";
import { columnArrays } from "@/lib/projections/fold-table";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { quote, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import type { FoldedRow } from "@/lib/projections/row-cache";

/** A row that would come out otherwise: the fields that differ, as text; null where there is no row. */
type DryRunRow = {
  readonly key: string;
  readonly live: Readonly<Record<string, string | null>> | null;
  readonly rebuilt: Readonly<Record<string, string | null>> | null;
};

/** What folding a sample of rows with today's code came to. `sampled` rows were folded, `compared` could be compared. */
export type DryRun = {
  readonly sampled: number;
  readonly compared: number;
  readonly equal: number;
  readonly differing: readonly DryRunRow[];
  /** Why nothing could be compared, in a sentence; null when something was. */
  readonly why: string | null;
};

const SAMPLE = 40;
const EVENTS_MAX = 20_000;

/**
 * Folds the streams of some random rows in memory, up to what the generation that serves has applied, and compares them
 * with its rows. Nothing is written. Rows that do not belong to one stream each cannot be folded without reading the whole
 * log; `prefix`, the first events of the log, then stands in for it: rows that nothing later has changed are compared.
 */
export async function dryRun(
  pool: pg.Pool,
  projection: FoldProjection,
  catalog: Catalog,
  live: number,
  prefix: readonly RecordedEvent[],
): Promise<DryRun> {
  const { rows } = await pool.query<{ schema: string }>("select current_schema() || '_read' as schema");
  const model = readModelTable(projection, rows[0]?.schema ?? "", live);
  const sample = await pickRows(pool, model, projection.name, live);
  if (sample.length === 0) return nothing("The read model has no rows yet.");
  const ofStreams = sample.every(({ checkpoint }) => checkpoint !== null);
  const events = ofStreams ? await eventsOf(pool, consumerFacts(projection, catalog).types, sample) : prefix;
  const folded = fold(projection, catalog, events);
  const places = new Map(sample.map(({ key, position }) => [key, position]));
  const found = await compareFolded(pool, model, folded, (key, position) =>
    ofStreams ? places.get(key) === position : position <= (prefix.at(-1)?.position ?? 0n),
  );
  const why =
    found.compared > 0 ? null : "Its rows belong to many streams, and all of the first ones have changed since.";
  return { sampled: folded.size, ...found, why };
}

type Picked = { readonly key: string; readonly position: bigint; readonly checkpoint: bigint | null };

/** Random pages of the table, and how far the partition of each row's stream is; both from one snapshot. */
async function pickRows(pool: pg.Pool, { table }: ReadModelTable, name: string, live: number): Promise<Picked[]> {
  const { rows: sizes } = await pool.query<{ rows: number }>(
    "select greatest(reltuples, 0)::float8 as rows from pg_class where oid = to_regclass($1)",
    [table],
  );
  const percent = Math.min(100, Math.max(0.001, (100 * 50 * SAMPLE) / Math.max(1, sizes[0]?.rows ?? 0)));
  const { rows } = await pool.query<Picked>(
    `select t.key, t.position, p.checkpoint
       from (select key, position from ${table} tablesample system (${percent}) order by random() limit ${SAMPLE}) t
       left join streams s on s.stream = t.key
       left join consumer_partitions p on p.consumer = $1 and p.generation = $2
            and s.slice >= p.slice_from and s.slice < p.slice_to`,
    [name, live],
  );
  return rows;
}

async function eventsOf(pool: pg.Pool, types: readonly string[], sample: readonly Picked[]): Promise<RecordedEvent[]> {
  const { rows } = await pool.query<RecordedEvent>(
    `select e.event_id as id, e.type, e.schema_version as "schemaVersion", e.stream, e.version::float8 as version, e.position, e.slice,
            e.recorded_at as "recordedAt", e.occurred_at as "occurredAt", e.correlation_id as "correlationId",
            e.causation_id as "causationId", e.actor, e.tenant, e.traceparent, e.data, null as metadata, null as command
       from unnest($1::text[], $2::bigint[]) as t(stream, checkpoint)
       join events e on e.stream = t.stream and e.position <= t.checkpoint and e.type = any ($3)
      order by e.position limit $4`,
    [sample.map(({ key }) => key), sample.map(({ checkpoint }) => checkpoint), types, EVENTS_MAX],
  );
  return rows;
}

function fold(projection: FoldProjection, catalog: Catalog, events: readonly RecordedEvent[]): Map<string, FoldedRow> {
  const folded = new Map<string, FoldedRow>();
  const none = (): FoldedRow => ({ row: null, version: 0, position: 0n });
  for (const event of events) {
    for (const keyed of keyedEvents(projection, catalog, event)) foldEvent(projection, keyed, none, folded);
  }
  return folded;
}

/** Rows of the live table that still stand where they stood, against the folded ones, compared by the server as its types. */
async function compareFolded(
  pool: pg.Pool,
  model: ReadModelTable,
  folded: ReadonlyMap<string, FoldedRow>,
  comparable: (key: string, position: bigint) => boolean,
): Promise<Pick<DryRun, "compared" | "equal" | "differing">> {
  const kept = [...folded].filter(([, { row }]) => row !== null);
  const declared = model.columns.slice(1, -2);
  const { rows: existing } = await pool.query<{ name: string }>(
    "select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    [model.table],
  );
  const shared = declared.filter(({ name }) => existing.some((column) => column.name === name));
  const arrays = model.columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(", ");
  const names = model.columns.map(({ name }) => quote(name)).join(", ");
  const texts = (side: string) =>
    `json_build_object(${shared.map(({ name }) => `'${name.replaceAll("'", "''")}', ${side}.${quote(name)}::text`).join(", ")})::text`;
  const { rows } = await pool.query<{ key: string; position: bigint; live: string; rebuilt: string; missing: boolean }>(
    `select o."key", o."position", n."key" is null as missing, ${texts("o")} as live, ${texts("n")} as rebuilt
       from ${model.table} o left join unnest(${arrays}) as n(${names}) on n."key" = o."key"
      where o."key" = any ($${model.columns.length + 1}::text[])`,
    [...columnArrays(declared, kept), [...folded.keys()]],
  );
  const compared = rows.filter(({ key, position }) => comparable(key, position));
  const differing = compared.flatMap((row): DryRunRow[] => {
    const [before, after] = [JSON.parse(row.live), JSON.parse(row.rebuilt)] as Record<string, string | null>[];
    if (row.missing) return [{ key: row.key, live: before ?? null, rebuilt: null }];
    const fields = Object.keys(before ?? {}).filter((name) => before?.[name] !== after?.[name]);
    if (fields.length === 0) return [];
    const only = (all: Record<string, string | null> | undefined) =>
      Object.fromEntries(fields.map((name) => [name, all?.[name] ?? null]));
    return [{ key: row.key, live: only(before), rebuilt: only(after) }];
  });
  return { compared: compared.length, equal: compared.length - differing.length, differing };
}

function nothing(why: string): DryRun {
  return { sampled: 0, compared: 0, equal: 0, differing: [], why };
}
