import type pg from "pg";
import type { Projection } from "@/lib/define";
import { readModelTable } from "@/lib/projections/read-model-table";
import { countRows } from "@/lib/shred/personal-values";

/**
 * In how many rows of a read model one of the texts stands, over all generations that are kept or built: what does not serve any
 * more holds what it held. Null when that could not be told, undefined for one that was never registered.
 */
export async function countModelRows(
  pool: pg.Pool,
  projection: Projection,
  texts: readonly string[],
): Promise<number | null | undefined> {
  const { rows: generations } = await pool.query<{ generation: number; schema: string; state: string }>(
    `select generation, current_schema() || '_read' as schema, state from consumer_generations
      where consumer = $1 and state <> 'retired' order by generation`,
    [projection.name],
  );
  if (generations.length === 0) return undefined;
  let sum = 0;
  for (const { generation, schema, state } of generations) {
    const rows = await countRows(pool, readModelTable(projection, schema, generation).table, texts);
    // One that is being built may have no table yet, and is looked at again when the keys are gone.
    if (rows === null && state !== "building") return null;
    sum += rows ?? 0;
  }
  return sum;
}
