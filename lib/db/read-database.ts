import { createHash } from "node:crypto";
import type pg from "pg";
import { asUnavailable } from "@/lib/db/unavailable";

/** A database that is only read. Open its pool with `readOnly`, so that the server refuses what the type cannot. */
export type ReadDatabase = {
  /** Runs one statement. Throws `Unavailable` when the database cannot be reached. */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
};

/** Statement texts that are remembered as prepared; a program that builds endless texts must not fill the server. */
const PREPARED_MAX = 300;

/** Wraps a pool. Statements with values are prepared once per connection, so that they are parsed and planned once. */
export function createReadDatabase(pool: pg.Pool): ReadDatabase {
  const names = new Map<string, string>();
  return {
    async query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
      let name = names.get(sql);
      if (!name && values.length > 0 && names.size < PREPARED_MAX) {
        // Several of these may share a pool, so the name must follow from the text alone.
        name = `read_${createHash("sha256").update(sql).digest("base64url")}`;
        names.set(sql, name);
      }
      try {
        const result = await pool.query<Row>({ text: sql, values: [...values], ...(name ? { name } : {}) });
        return result.rows;
      } catch (error) {
        throw asUnavailable(error);
      }
    },
  };
}
