import type pg from "pg";
import type { ReadModelTable } from "@/lib/projections/read-model-table";

/**
 * Lets the stable name show the table of a generation with the columns that it has, from the end of the caller's transaction on. A view of the same
 * columns keeps its rights and what depends on it; another one is made anew, which throws when something depends on it.
 */
export async function showGeneration(
  client: pg.PoolClient,
  model: Pick<ReadModelTable, "table" | "view">,
): Promise<void> {
  const { rows } = await client.query<{ same: boolean | null; names: string }>(
    `select (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
              where attrelid = to_regclass($2) and attnum > 0 and not attisdropped) as names,
            array_agg(attname || ' ' || atttypid::regtype order by attnum)
              = (select array_agg(attname || ' ' || atttypid::regtype order by attnum) from pg_attribute
                  where attrelid = to_regclass($2) and attnum > 0 and not attisdropped) as same
       from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [model.view, model.table],
  );
  if (rows[0]?.same !== true) await client.query(`drop view if exists ${model.view}`);
  await client.query(`create or replace view ${model.view} as select ${rows[0]?.names} from ${model.table}`);
}
