import type { QueryContext } from "@/lib/queries/query-context";

/** Names that filters offer, in the order of names; `more` when there are more than are listed. */
export type Facets = {
  readonly categories: readonly string[];
  readonly moreCategories: boolean;
  readonly types: readonly string[];
  readonly moreTypes: boolean;
};

/** How many names of each kind are listed. */
const NAMES_MAX = 200;

/** Reads the categories and event types that the store holds, at most 200 of each, by skipping through the indexes. */
export async function facets(context: QueryContext): Promise<Facets> {
  const [categories, types] = await Promise.all([
    skipThrough(context, "streams", "category"),
    skipThrough(context, "events", "type"),
  ]);
  return {
    categories: categories.slice(0, NAMES_MAX),
    moreCategories: categories.length > NAMES_MAX,
    types: types.slice(0, NAMES_MAX),
    moreTypes: types.length > NAMES_MAX,
  };
}

/** One index probe a name, however many rows share it; both names are ours, never a caller's. */
async function skipThrough({ reads }: QueryContext, table: string, column: string): Promise<string[]> {
  const rows = await reads.query<{ name: string }>(
    `with recursive names(name) as (
       (select ${column} from ${table} order by ${column} limit 1)
       union all
       select (select t.${column} from ${table} t where t.${column} > names.name order by t.${column} limit 1)
         from names where names.name is not null
     )
     select name from names where name is not null limit $1`,
    [NAMES_MAX + 1],
  );
  return rows.map((row) => row.name);
}
