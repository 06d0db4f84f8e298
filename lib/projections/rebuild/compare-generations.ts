import type pg from "pg";
import { quote, type ReadModelTable, readModelTable } from "@/lib/projections/read-model-table";
import { atOnePlace, type GenerationPair, type Place } from "@/lib/projections/rebuild/both-at-one-place";

/** How a row differs: in the fields named, or because only one of the two generations has it. */
type DifferingRow = {
  /** The parts of its primary key, as text. */
  readonly key: readonly string[];
  readonly kind: "differs" | "only-live" | "only-new";
  readonly fields: readonly string[];
};

/**
 * What comparing found, row by row, at one checkpoint. Values are not kept: a read model may hold personal data, and a
 * second copy of it would outlive the first. `sample` names the first rows that differ, in the order of their keys.
 */
export type Comparison = {
  readonly position: string;
  /** False when the one that serves stands still: then `passed` rows were changed by events that it lacks. */
  readonly exact: boolean;
  readonly rows: number;
  readonly equal: number;
  readonly differing: number;
  readonly onlyLive: number;
  readonly onlyNew: number;
  readonly passed: number;
  readonly sample: readonly DifferingRow[];
  /** Columns that only one of the two has; they are not compared. */
  readonly columnsAdded: readonly string[];
  readonly columnsDropped: readonly string[];
};

const CHUNK = 5_000;
const SAMPLE = 100;

/**
 * Compares every row of two generations at one and the same checkpoint, some thousand rows a statement, joined by the
 * server. JSON is compared as what it says, not as it is written. `version` and `position` of a fold's row count only
 * when both are of the same code, because another version may handle more types. Throws `conflict` when a handler's rows
 * cannot be brought to one place.
 */
export async function compareGenerations(
  pair: GenerationPair,
  onProgress: (rows: number) => void | Promise<void> = () => undefined,
): Promise<Comparison> {
  return await atOnePlace(pair, async (snapshot, place) => {
    const tables = await tablesOf(pair, snapshot);
    let found = nothing(place, tables);
    let after: readonly string[] | null = null;
    for (;;) {
      const chunk: Chunk = await compareChunk(snapshot, tables, place, after);
      found = add(found, chunk);
      await onProgress(found.rows);
      if (chunk.last === null) return found;
      after = chunk.last;
    }
  });
}

/** Whether nothing differs and nothing was passed over. */
export function isEqual({ exact, rows, equal, columnsAdded, columnsDropped }: Comparison): boolean {
  return exact && rows === equal && columnsAdded.length === 0 && columnsDropped.length === 0;
}

type Tables = {
  readonly model: ReadModelTable;
  readonly live: string;
  readonly next: string;
  /** Columns both have and that are compared, with their types. */
  readonly compared: readonly { readonly name: string; readonly type: string }[];
  readonly added: readonly string[];
  readonly dropped: readonly string[];
};

async function tablesOf({ projection, live, generation }: GenerationPair, snapshot: pg.PoolClient): Promise<Tables> {
  const { rows: facts } = await snapshot.query<{ schema: string; versions: bigint }>(
    `select current_schema() || '_read' as schema,
            (select count(distinct version) from consumer_generations where consumer = $1 and generation = any ($2)) as versions`,
    [projection.name, [live, generation]],
  );
  const schema = facts[0]?.schema ?? "";
  const model = readModelTable(projection, schema, generation);
  const old = readModelTable(projection, schema, live).table;
  const columnsOf = async (table: string) => {
    const { rows } = await snapshot.query<{ name: string; type: string }>(
      `select attname as name, atttypid::regtype::text as type from pg_attribute
        where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
      [table],
    );
    return new Map(rows.map(({ name, type }) => [name, type]));
  };
  const [before, now] = [await columnsOf(old), await columnsOf(model.table)];
  const place = projection.style === "fold" && facts[0]?.versions !== 1n ? ["version", "position"] : [];
  const aside = new Set([...model.primaryKey, ...place]);
  return {
    model,
    live: old,
    next: model.table,
    compared: [...now].flatMap(([name, type]) => (before.has(name) && !aside.has(name) ? [{ name, type }] : [])),
    added: [...now.keys()].filter((name) => !before.has(name)),
    dropped: [...before.keys()].filter((name) => !now.has(name)),
  };
}

type Chunk = {
  readonly rows: number;
  readonly differing: number;
  readonly onlyLive: number;
  readonly onlyNew: number;
  readonly passed: number;
  readonly sample: readonly DifferingRow[];
  /** The last key looked at; null at the end. */
  readonly last: readonly string[] | null;
};

/** The next rows of both in the order of their keys, up to the key that both have been read to. */
async function compareChunk(
  snapshot: pg.PoolClient,
  { model, live, next, compared }: Tables,
  { position, exact }: Place,
  after: readonly string[] | null,
): Promise<Chunk> {
  const keys = model.primaryKey.map(quote);
  const typed = model.primaryKey.map((name) => model.columns.find((column) => column.name === name)?.type ?? "text");
  const beyond =
    after === null
      ? "true"
      : `(${keys.join(", ")}) > (${typed.map((type, n) => `$${n + 3}::text::${type}`).join(", ")})`;
  const keyOf = (side: string) => keys.map((key) => `${side}.${key}`).join(", ");
  const differs = compared.map(
    ({ name, type }) =>
      `case when ${side("o", name, type)} is distinct from ${side("n", name, type)} then '${name.replaceAll("'", "''")}' end`,
  );
  const passed = exact ? "$2::bigint is null" : `coalesce(n."position" > $2::bigint, false)`;
  const page = (table: string) =>
    `(select * from ${table} where ${beyond} order by ${keys.join(", ")} limit $1::integer)`;
  const edge = (table: string) =>
    `(select ${keys.join(", ")} from ${table} order by ${keys.join(", ")} offset $1::integer - 1 limit 1)`;
  const { rows } = await snapshot.query<Found>(
    `with o as materialized ${page(live)}, n as materialized ${page(next)},
     edge as (select * from (select * from ${edge("o")} a union all select * from ${edge("n")} b) e order by ${keys.join(", ")} limit 1),
     joined as (
       select array[${keys.map((key) => `coalesce(o.${key}, n.${key})::text`).join(", ")}] as key, ${passed} as passed,
              o.${keys[0]} is null as "onlyNew", n.${keys[0]} is null as "onlyLive",
              array_remove(array[${differs.join(", ")}]::text[], null) as fields
         from o full join n on (${keyOf("o")}) = (${keyOf("n")})
        where not exists (select from edge) or (${keys.map((key) => `coalesce(o.${key}, n.${key})`).join(", ")}) <= (select ${keys.join(", ")} from edge))
     select (select array[${keys.map((key) => `${key}::text`).join(", ")}] from edge) as last, count(*)::integer as rows,
            (count(*) filter (where passed))::integer as passed,
            (count(*) filter (where not passed and "onlyNew"))::integer as "onlyNew",
            (count(*) filter (where not passed and "onlyLive"))::integer as "onlyLive",
            (count(*) filter (where not passed and not "onlyNew" and not "onlyLive" and fields <> '{}'))::integer as differing,
            (select json_agg(s)::text from (select key, "onlyNew", "onlyLive", fields from joined
               where not passed and ("onlyNew" or "onlyLive" or fields <> '{}') order by key limit ${SAMPLE}) s) as sample
       from joined`,
    [CHUNK, position, ...(after ?? [])],
  );
  const [row] = rows;
  if (!row) throw new Error("A comparison returned no row.");
  return { ...row, sample: sampleOf(row.sample) };
}

type Found = Omit<Chunk, "sample"> & { readonly sample: string | null };

function side(table: string, name: string, type: string): string {
  return type === "json" ? `${table}.${quote(name)}::jsonb` : `${table}.${quote(name)}`;
}

function sampleOf(sample: string | null): DifferingRow[] {
  if (sample === null) return [];
  const rows = JSON.parse(sample) as { key: string[]; onlyNew: boolean; onlyLive: boolean; fields: string[] }[];
  return rows.map(({ key, onlyNew, onlyLive, fields }) =>
    onlyNew || onlyLive
      ? { key, kind: onlyNew ? "only-new" : "only-live", fields: [] }
      : { key, kind: "differs", fields },
  );
}

function nothing({ position, exact }: Place, { added, dropped }: Tables): Comparison {
  const counts = { rows: 0, equal: 0, differing: 0, onlyLive: 0, onlyNew: 0, passed: 0 };
  return { position: String(position), exact, ...counts, sample: [], columnsAdded: added, columnsDropped: dropped };
}

function add(before: Comparison, { rows, differing, onlyLive, onlyNew, passed, sample }: Chunk): Comparison {
  return {
    ...before,
    rows: before.rows + rows,
    equal: before.equal + rows - differing - onlyLive - onlyNew - passed,
    differing: before.differing + differing,
    onlyLive: before.onlyLive + onlyLive,
    onlyNew: before.onlyNew + onlyNew,
    passed: before.passed + passed,
    sample: [...before.sample, ...sample].slice(0, SAMPLE),
  };
}
