import type pg from "pg";

const kept = new WeakMap<pg.PoolClient, number>();

/**
 * Runs a statement whose answer is built of megabytes on a connection that keeps memory from one statement to the next. The C
 * library of most servers gives back what exceeds twice the largest block that was ever let go of; without one large block at
 * the beginning each such statement has its pages faulted in again. `kilobytes` is the size of that block.
 */
export async function queryKeepingMemory<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  kilobytes: number,
  query: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  const client = await pool.connect();
  let failed: unknown;
  try {
    if ((kept.get(client) ?? 0) < kilobytes) {
      kept.set(client, kilobytes);
      await client.query(`select octet_length(repeat(repeat('x', 1024), ${Math.floor(kilobytes)}))`);
    }
    return await client.query<Row>(query);
  } catch (error) {
    failed = error;
    throw error;
  } finally {
    client.release(failed instanceof Error ? failed : undefined);
  }
}
