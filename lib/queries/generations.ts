import { NotFound } from "@/lib/kernel/errors";
import { readModelTable } from "@/lib/projections/read-model-table";
import type { Comparison } from "@/lib/projections/rebuild/compare-generations";
import { type RebuildScope, scopeWords } from "@/lib/projections/rebuild/rebuild-scope";
import { checkText, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";

/** One generation of a projection. */
export type GenerationRow = {
  readonly generation: number;
  readonly version: number;
  /** The part that was made anew, in words; the other rows were copied. Null for all of it. */
  readonly part: string | null;
  readonly state: "building" | "live" | "kept" | "retired";
  /** `register` for the code itself, otherwise the run that built it. */
  readonly createdBy: string;
  readonly createdAt: string;
  readonly liveAt: string | null;
  readonly retiredAt: string | null;
  /** Up to here it has applied the log; null while it is replayed, and once it is retired. */
  readonly checkpoint: string | null;
  /** Whether a worker moves it now. */
  readonly followed: boolean;
  /** As the server's statistics have it; null without a table. */
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly compared: Comparison | null;
};

const GENERATIONS_SHOWN = 20;

/** The newest generations of a consumer, newest first. */
export async function generationsOf({ reads }: QueryContext, name: string): Promise<GenerationRow[]> {
  const rows = await reads.query<
    Omit<GenerationRow, "checkpoint" | "compared" | "part"> & {
      checkpoint: bigint | null;
      compared: string | null;
      scope: string | null;
    }
  >(
    `select g.generation, g.version, g.state, g.created_by as "createdBy", g.created_at as "createdAt", g.live_at as "liveAt",
            g.retired_at as "retiredAt", p.checkpoint, coalesce(p.followed, false) as followed,
            coalesce(nullif(t.reltuples, -1), pg_stat_get_live_tuples(t.oid))::float8 as rows, pg_total_relation_size(t.oid)::float8 as bytes, g.compared::text as compared,
            g.scope::text as scope
       from consumer_generations g
       left join lateral (select min(q.checkpoint) as checkpoint, bool_and(coalesce(q.lease_expires_at > clock_timestamp(), false)) as followed
                            from consumer_partitions q where q.consumer = g.consumer and q.generation = g.generation) p on true
       left join pg_class t on t.oid = to_regclass(format('%I.%I', current_schema() || '_read', replace(g.consumer, '-', '_') || '_g' || g.generation))
      where g.consumer = $1 order by g.generation desc limit $2`,
    [name, GENERATIONS_SHOWN],
  );
  return rows.map(({ scope, ...row }) => ({
    ...row,
    part: scope === null ? null : scopeWords(JSON.parse(scope) as RebuildScope),
    checkpoint: row.checkpoint === null ? null : String(row.checkpoint),
    compared: row.compared === null ? null : (JSON.parse(row.compared) as Comparison),
  }));
}

/** The one that serves, if it is older; otherwise, of the older ones that are kept, the one that served last. */
function comparedWith(generations: readonly GenerationRow[], generation: number): GenerationRow | undefined {
  const older = generations.filter((row) => row.generation < generation);
  const kept = older.filter(({ state }) => state === "kept");
  return (
    older.find(({ state }) => state === "live") ??
    kept.sort((a, b) => (b.liveAt ?? "").localeCompare(a.liveAt ?? ""))[0]
  );
}

/** A row that differed when it was compared, with what both generations hold of it now. */
export type Difference = {
  readonly key: readonly string[];
  readonly kind: "differs" | "only-live" | "only-new";
  readonly fields: readonly { readonly name: string; readonly live: string | null; readonly rebuilt: string | null }[];
};

/** What comparing found, and the first rows that differed; values are read now, because none were kept. */
export type Differences = {
  readonly generation: number;
  readonly live: number;
  readonly compared: Comparison;
  readonly differences: readonly Difference[];
};

/** Reads the differences of a generation that was compared. Throws `not-found` when it was not, or has no table any more. */
export async function differencesOf(context: QueryContext, name: string, generation: number): Promise<Differences> {
  checkText(name, "name");
  if (!Number.isSafeInteger(generation) || generation < 1)
    throw invalid("generation", "must be a whole number above 0");
  const { reads, catalog } = context;
  const projection = catalog.projections.find((known) => known.name === name);
  const generations = await generationsOf(context, name);
  const own = generations.find((row) => row.generation === generation);
  const other = comparedWith(generations, generation);
  if (!projection || !own?.compared || !other || own.state === "retired") {
    throw new NotFound("comparison", `${name}/${generation}`);
  }
  const [row] = await reads.query<{ schema: string }>("select current_schema() || '_read' as schema");
  const tableOf = (one: number) => readModelTable(projection, row?.schema ?? "", one);
  const model = tableOf(generation);
  const { sample } = own.compared;
  const wanted = JSON.stringify(sample.map(({ key }) => key));
  const valuesIn = async (table: string) => {
    const keyed = model.primaryKey.map((part) => `t."${part}"::text`).join(", ");
    const rows = await reads.query<{ key: string[]; row: string }>(
      `select array[${keyed}] as key, row_to_json(t)::text as row from ${table} t
        where (${keyed}) in (select ${model.primaryKey.map((_, n) => `k.value ->> ${n}`).join(", ")} from json_array_elements($1::json) k)`,
      [wanted],
    );
    return new Map(rows.map((one) => [JSON.stringify(one.key), JSON.parse(one.row) as Record<string, unknown>]));
  };
  const [before, after] = [await valuesIn(tableOf(other.generation).table), await valuesIn(model.table)];
  const differences = sample.map(({ key, kind, fields }) => {
    const [live, rebuilt] = [before.get(JSON.stringify(key)), after.get(JSON.stringify(key))];
    const names = kind === "differs" ? fields : Object.keys(live ?? rebuilt ?? {});
    return {
      key,
      kind,
      fields: names.map((field) => ({ name: field, live: shown(live, field), rebuilt: shown(rebuilt, field) })),
    };
  });
  return { generation, live: other.generation, compared: own.compared, differences };
}

function shown(row: Record<string, unknown> | undefined, field: string): string | null {
  const value = row?.[field];
  if (value === undefined || value === null) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
