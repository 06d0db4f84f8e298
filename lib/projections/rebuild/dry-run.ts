import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { foldEvent, keyedEvents } from "@/lib/projections/fold-batch";
import { columnArrays } from "@/lib/projections/fold-table";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { quote, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import { readStreams } from "@/lib/projections/rebuild/read-streams";
import { inScope, type RebuildScope } from "@/lib/projections/rebuild/rebuild-scope";
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
  scope: RebuildScope | null = null,
): Promise<DryRun> {
  const { rows } = await pool.query<{ schema: string }>("select current_schema() || '_read' as schema");
  const model = readModelTable(projection, rows[0]?.schema ?? "", live);
  const sample = await pickRows(pool, model, projection.name, live, scope);
  if (sample.length === 0)
    return nothing(scope ? "No row of this part was found in a sample." : "The read model has no rows yet.");
  const ofStreams = sample.every(({ checkpoint }) => checkpoint !== null);
  const { types } = consumerFacts(projection, catalog);
  const streams = sample.map(({ key, checkpoint }) => ({ stream: key, until: checkpoint ?? 0n }));
  const events = ofStreams ? whole(await readStreams(pool, streams, types, null, EVENTS_MAX)) : prefix;
  await catalog.bringKeys(events);
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
async function pickRows(
  pool: pg.Pool,
  { table }: ReadModelTable,
  name: string,
  live: number,
  scope: RebuildScope | null,
): Promise<Picked[]> {
  const { rows: sizes } = await pool.query<{ rows: number }>(
    "select greatest(reltuples, 0)::float8 as rows from pg_class where oid = to_regclass($1)",
    [table],
  );
  const percent = Math.min(100, Math.max(0.001, (100 * 50 * SAMPLE) / Math.max(1, sizes[0]?.rows ?? 0)));
  const part = scope ? inScope(scope, 3) : { text: "true", values: [] };
  const { rows } = await pool.query<Picked>(
    `select t.key, t.position, p.checkpoint
       from (select t.key, t.position, s.slice from ${table} t tablesample system (${percent}) left join streams s on s.stream = t.key
              where ${part.text} order by random() limit ${SAMPLE}) t
       left join consumer_partitions p on p.consumer = $1 and p.generation = $2
            and t.slice >= p.slice_from and t.slice < p.slice_to`,
    [name, live, ...part.values],
  );
  return rows;
}

/** Without the stream that the limit may have cut off. */
function whole(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const last = events.at(-1);
  return events.length < EVENTS_MAX ? events : events.filter(({ stream }) => stream !== last?.stream);
}

function fold(projection: FoldProjection, catalog: Catalog, events: readonly RecordedEvent[]): Map<string, FoldedRow> {
  const folded = new Map<string, FoldedRow>();
  const none = (): FoldedRow => ({ row: null, version: 0, position: 0n });
  for (const event of events) {
    for (const keyed of keyedEvents(projection, catalog, event)) foldEvent(projection, keyed, none, folded);
  }
  return folded;
}

/** Rows of the live table that are `comparable`, against the folded ones, compared by the server as its types. */
export async function compareFolded(
  pool: pg.Pool | pg.PoolClient,
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
