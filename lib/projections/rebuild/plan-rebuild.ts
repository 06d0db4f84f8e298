import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { FoldProjection, Projection } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { keyedEvents } from "@/lib/projections/fold-batch";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { readModelTable } from "@/lib/projections/read-model-table";
import { type DryRun, dryRun } from "@/lib/projections/rebuild/dry-run";
import { type EventEstimate, estimateEvents } from "@/lib/projections/rebuild/estimate-events";
import { estimatePart, type PartEstimate } from "@/lib/projections/rebuild/estimate-part";
import { type RebuildScope, scopeWords, whyNoPart } from "@/lib/projections/rebuild/rebuild-scope";
import { readBatch } from "@/lib/subscriptions/read-batch";

/** What a rebuild would read, write, take and touch, before anything is done. Counts may be estimates, and say so. */
export type RebuildPlan = {
  readonly projection: string;
  readonly style: "fold" | "handler";
  /** The version that this code builds, and the one that serves. */
  readonly version: number;
  readonly liveVersion: number;
  readonly liveGeneration: number;
  readonly types: readonly string[];
  readonly events: EventEstimate;
  /** Rows of the read model now, as the server's statistics have it. */
  readonly rowsNow: number;
  /** The part that is made anew, in data and in words, and what becomes of the rows; null for a rebuild of everything. */
  readonly part: (PartEstimate & { readonly scope: RebuildScope; readonly words: string }) | null;
  /** Why only the whole of it can be rebuilt; null when parts can be, too. */
  readonly wholeOnly: string | null;
  readonly bytesNow: number;

  /** When the first and the last event to be read were recorded; null when there is none. */
  readonly from: string | null;
  readonly to: string | null;
  /** How long the replay should take, in seconds, from rates measured now in several places; null when nothing was read. */
  readonly seconds: { readonly low: number; readonly high: number } | null;
  /** What is left alone and what is not, in sentences. */
  readonly sideEffects: readonly string[];
  readonly dryRun: DryRun | null;
  /** Why it cannot be done now, in a sentence; null when it can. */
  readonly blocked: string | null;
};

const MEASURED = 3_000;
const PLACES = 3;

/**
 * Makes the plan, of the whole read model or of a part; takes about a second. Throws `not-found` for a projection that this
 * code or the database does not know.
 */
export async function planRebuild(
  pool: pg.Pool,
  projection: Projection,
  catalog: Catalog,
  scope: RebuildScope | null = null,
): Promise<RebuildPlan> {
  const { name, style, version } = projection;
  const { types } = consumerFacts(projection, catalog);
  const known = await readKnown(pool, name, types);
  const { rows: sizes } = await pool.query<{ rows: number; bytes: number }>(
    `select coalesce(nullif(reltuples, -1), pg_stat_get_live_tuples(oid))::float8 as rows, pg_total_relation_size(oid)::float8 as bytes
       from pg_class where oid = to_regclass($1)`,
    [readModelTable(projection, known.schema, known.generation).table],
  );
  const [size] = sizes;
  const rowsNow = Math.round(size?.rows ?? 0);
  const wholeOnly = whyNoPart(projection);
  const { table } = readModelTable(projection, known.schema, known.generation);
  const part = scope && wholeOnly === null ? await estimatePart(pool, table, rowsNow, scope) : null;
  const events = part?.events ?? (await estimateEvents(pool, types));
  const measured = style === "fold" ? await measure(pool, projection, catalog, known.mark) : { rates: [], first: [] };
  return {
    ...{
      projection: name,
      style,
      version,
      liveVersion: known.version,
      liveGeneration: known.generation,
      types,
      events,
    },
    ...{ rowsNow, bytesNow: size?.bytes ?? 0, wholeOnly, from: known.first, to: known.last },
    part: scope && part && { ...part, scope, words: scopeWords(scope) },
    seconds: durationOf(events.events, measured.rates),
    sideEffects: sideEffectsOf(projection, known.others),
    dryRun:
      style === "fold"
        ? await dryRun(pool, projection, catalog, known.generation, measured.first, part && scope)
        : null,
    blocked: whyBlocked(projection, known) ?? (scope && (wholeOnly ?? whyNotThisPart(projection, known, scope))),
  };
}

type Known = {
  readonly version: number;
  readonly generation: number;
  readonly mode: "async" | "inline";
  readonly building: number | null;
  readonly mark: bigint;
  readonly schema: string;
  readonly first: string | null;
  readonly last: string | null;
  readonly others: string[];
};

async function readKnown(pool: pg.Pool, name: string, types: readonly string[]): Promise<Known> {
  const { rows } = await pool.query<Known>(
    `select c.version, c.generation, c.mode, h.position as mark, current_schema() || '_read' as schema,
            (select generation from consumer_generations g where g.consumer = c.name and g.state = 'building') as building,
            (select min(at) from unnest($2::text[]) as t(type) cross join lateral (
               select recorded_at as at from events where type = t.type order by position limit 1) f) as first,
            (select max(at) from unnest($2::text[]) as t(type) cross join lateral (
               select recorded_at as at from events where type = t.type order by position desc limit 1) l) as last,
            array(select other.name from consumers other where other.kind <> 'projection' order by 1 limit 50) as others
       from consumers c cross join high_water h where c.name = $1`,
    [name, types],
  );
  const [known] = rows;
  if (!known) throw new NotFound("projection", name);
  return known;
}

/** Events a second of reading and folding, measured in several places of the log; and the first events themselves. */
async function measure(pool: pg.Pool, projection: FoldProjection, catalog: Catalog, mark: bigint) {
  const { types } = consumerFacts(projection, catalog);
  const rates: number[] = [];
  let first: readonly RecordedEvent[] = [];
  for (let place = 0; place < PLACES; place++) {
    const begin = performance.now();
    const after = (mark * BigInt(place)) / BigInt(PLACES);
    const { events } = await readBatch(pool, { types, sliceFrom: 0, sliceTo: 1_024, after, limit: MEASURED });
    await catalog.bringKeys(events);
    try {
      for (const event of events) keyedEvents(projection, catalog, event);
    } catch (error) {
      throw new TidemarkError(
        "conflict",
        `The log holds an event that this code cannot read, so a rebuild would fail: ${error instanceof Error ? error.message : String(error)}`,
        { consumer: projection.name },
        { cause: error },
      );
    }
    if (events.length > 0) rates.push(events.length / ((performance.now() - begin) / 1_000));
    if (place === 0) first = events;
  }
  return { rates, first };
}

/** Small batches measure slower than the replay is, and writing comes on top: the range is wide on purpose. */
function durationOf(events: number, rates: readonly number[]): RebuildPlan["seconds"] {
  if (rates.length === 0) return null;
  return { low: round(events / (Math.max(...rates) * 2)), high: round((events / Math.min(...rates)) * 1.5) };
}

function round(seconds: number): number {
  return seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds);
}

function sideEffectsOf({ style, name }: Projection, others: readonly string[]): string[] {
  const muted =
    others.length === 0
      ? "No process manager or relay is registered; nothing outside the read model could be told twice."
      : `Process managers and relays keep their own checkpoints and receive nothing: ${others.join(", ")}.`;
  return style === "fold"
    ? [muted, `${name} computes rows and nothing else: a replay of it cannot act outside its own table.`]
    : [muted, `${name} runs SQL of its own: statements on other tables than the one it is given would be run again.`];
}

/** Rows of another version are not this code's, and no stream of the part would be found beyond the log. */
function whyNotThisPart({ version }: Projection, known: Known, scope: RebuildScope): string | null {
  if (known.version !== version) {
    return `Version ${known.version} serves and this code has ${version}: its rows cannot be taken over. Rebuild the whole of it.`;
  }
  if (scope.kind === "since" && BigInt(scope.position) > known.mark) {
    return `The log has reached position ${known.mark}, so nothing was appended from there on. Begin earlier.`;
  }
  return null;
}

function whyBlocked(projection: Projection, { mode, version, building }: Known): string | null {
  if (mode === "inline" || projection.mode === "inline") {
    return "It is written by every append, so nothing can be built beside it; raise its version to fold it anew.";
  }
  if (version > projection.version)
    return `The database knows version ${version} of it; this code has ${projection.version}.`;
  return building === null ? null : `Generation ${building} is being built already.`;
}
