import type pg from "pg";

/**
 * Runs `work` in one READ COMMITTED transaction and commits it; rolls back and rethrows when it throws. A connection
 * whose roll-back fails is closed, so that no later user of the pool finds an open transaction.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks between two statements speaks to nobody; the next statement then fails and is handled.
  const ignore = () => undefined;
  client.on("error", ignore);
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}
