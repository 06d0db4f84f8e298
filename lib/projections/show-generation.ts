import type pg from "pg";
import { quote, type ReadModelTable } from "@/lib/projections/read-model-table";

/**
 * Lets the stable name show the table of a generation, from the end of the caller's transaction on. A view of the same
 * columns keeps its rights and what depends on it; another one is made anew, which throws when something depends on it.
 */
export async function showGeneration(client: pg.PoolClient, model: ReadModelTable): Promise<void> {
  const names = model.columns.map(({ name }) => quote(name)).join(", ");
  const { rows } = await client.query<{ same: boolean | null }>(
    `select array_agg(attname || ' ' || atttypid::regtype order by attnum)
              = (select array_agg(attname || ' ' || atttypid::regtype order by attnum) from pg_attribute
                  where attrelid = to_regclass($2) and attnum > 0 and not attisdropped) as same
       from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [model.view, model.table],
  );
  if (rows[0]?.same !== true) await client.query(`drop view if exists ${model.view}`);
  await client.query(`create or replace view ${model.view} as select ${names} from ${model.table}`);
}
