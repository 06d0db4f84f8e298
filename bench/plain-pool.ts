import pg from "pg";

/** A pool without Tidemark's settings, for floors and peers. A connection that the server ends at the very end is no error. */
export function plainPool(url: string, max: number, options?: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max, ...(options === undefined ? {} : { options }) });
  pool.on("error", () => undefined);
  return pool;
}
