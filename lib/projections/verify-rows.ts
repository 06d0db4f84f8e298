import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { foldEvents } from "@/lib/projections/fold-batch";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { quote, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import { compareFolded } from "@/lib/projections/rebuild/dry-run";
import { readStreams, type StreamPlace, type StreamUntil } from "@/lib/projections/rebuild/read-streams";
import type { FoldedRow } from "@/lib/projections/row-cache";

/** What holding the rows of the next streams against their events brought. `last` is the last stream, undefined at the end. */
export type RowsVerified = {
  readonly last: string | undefined;
  readonly events: number;
  readonly rows: number;
  /** Streams with events that were set aside or skipped: their rows lack those rightly. */
  readonly aside: number;
  /** One sentence a row. Values are left out: they may be personal. */
  readonly faults: readonly string[];
};

/** The projection as it serves now. */
type Serving = { readonly schema: string; readonly generation: number; readonly inline: boolean };

type NextStream = StreamUntil & { readonly aside: boolean };

const STREAMS = 200;
const EVENTS = 10_000;
const PAGE = 5_000;

/**
 * Folds the next streams after `after` from their first events, as far as the partitions of the generation that serves have come,
 * and compares what they come to with its rows, all on one snapshot: what is appended meanwhile makes no difference. For
 * projections whose rows are of one stream each. Writes nothing.
 */
export async function verifyRows(
  pool: pg.Pool,
  projection: FoldProjection,
  catalog: Catalog,
  after: string,
): Promise<RowsVerified> {
  const snapshot = await pool.connect();
  try {
    await snapshot.query("begin isolation level repeatable read read only");
    const serving = await readServing(snapshot, projection.name);
    const streams = await nextStreams(snapshot, projection.name, serving, after);
    const looked = streams.filter(({ aside }) => !aside);
    const model = readModelTable(projection, serving.schema, serving.generation);
    const { rows, events, failed } = await foldStreams(snapshot, projection, catalog, looked);
    const found = await compareRows(snapshot, model, rows);
    return {
      ...{ last: streams.at(-1)?.stream, events, rows: rows.size, aside: streams.length - looked.length },
      faults: [...failed, ...found].map((fault) => `${projection.name}: ${fault}`),
    };
  } finally {
    await snapshot.query("rollback").catch(() => undefined);
    snapshot.release();
  }
}

async function readServing(snapshot: pg.PoolClient, name: string): Promise<Serving> {
  const { rows } = await snapshot.query<Serving>(
    "select current_schema() || '_read' as schema, generation, mode = 'inline' as inline from consumers where name = $1",
    [name],
  );
  return rows[0] ?? { schema: "", generation: 0, inline: false };
}

/** So many that their events make one step; at least one, however long it is. */
async function nextStreams(
  snapshot: pg.PoolClient,
  name: string,
  { generation, inline }: Serving,
  after: string,
): Promise<readonly NextStream[]> {
  const { rows } = await snapshot.query<{ stream: string; until: bigint; aside: boolean; before: number }>(
    `select s.stream, case when $4 then 9223372036854775807 else coalesce(p.checkpoint, 0) end as until,
            exists (select from dead_letters d where d.consumer = $1 and d.generation = $2 and d.stream = s.stream
                       and d.state <> 'retried') as aside,
            (sum(s.version) over (order by s.stream) - s.version)::float8 as before
       from (select stream, slice, version from streams where stream > $3 order by stream limit ${STREAMS}) s
       left join consumer_partitions p on p.consumer = $1 and p.generation = $2 and s.slice >= p.slice_from and s.slice < p.slice_to
      order by s.stream`,
    [name, generation, after, inline],
  );
  return rows.filter(({ before }, index) => index === 0 || before < EVENTS);
}

async function foldStreams(
  snapshot: pg.PoolClient,
  projection: FoldProjection,
  catalog: Catalog,
  streams: readonly StreamUntil[],
) {
  const rows = new Map<string, FoldedRow>();
  const failed: string[] = [];
  const { types } = consumerFacts(projection, catalog);
  const atHand = { complete: true, known: () => undefined, load: async () => new Map<string, FoldedRow>() };
  let events = 0;
  let after: StreamPlace | null = null;
  while (streams.length > 0) {
    const page: RecordedEvent[] = await readStreams(snapshot, streams, types, after, PAGE);
    for (const stream of new Set(page.map((event) => event.stream))) {
      const own = page.filter((event) => event.stream === stream);
      try {
        await foldEvents(projection, catalog, own, atHand, rows);
      } catch (error) {
        rows.delete(stream);
        failed.push(`stream ${stream} cannot be folded (${error instanceof Error ? error.name : "error"})`);
      }
    }
    events += page.length;
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = { stream: last.stream, version: last.version };
  }
  return { rows, events, failed };
}

async function compareRows(
  snapshot: pg.PoolClient,
  model: ReadModelTable,
  folded: ReadonlyMap<string, FoldedRow>,
): Promise<readonly string[]> {
  const { differing } = await compareFolded(snapshot, model, folded, () => true);
  const wanted = [...folded].filter(([, { row }]) => row !== null).map(([key]) => key);
  const { rows: missing } = await snapshot.query<{ key: string }>(
    `select k.key from unnest($1::text[]) k(key) where not exists (select from ${model.table} t where t.${quote("key")} = k.key)`,
    [wanted],
  );
  return [
    ...differing.map(({ key, live, rebuilt }) =>
      rebuilt === null
        ? `row ${key} is there, and its events come to none`
        : `row ${key} differs from what its events come to, in ${Object.keys(live ?? {}).join(", ")}`,
    ),
    ...missing.map(({ key }) => `row ${key} is missing`),
  ];
}
