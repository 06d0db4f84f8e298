import fs from "node:fs";
import pg from "pg";

/** What one try to reach a starting server told. */
export type Answer =
  | { readonly state: "ready" }
  | { readonly state: "not-yet"; readonly cause: unknown }
  | { readonly state: "foreign"; readonly cause: unknown };

/**
 * Tries once to reach the server, checks that it serves `dataDirectory`, and creates `database` when it is missing.
 * Never throws for a server that is starting or stopping: that is `not-yet`.
 */
export async function connectOnce(url: string, database: string, dataDirectory: string): Promise<Answer> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {}); // A server that ends under us is seen by the query, which rejects.
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>("show data_directory");
    if (fs.realpathSync(rows[0]?.data_directory ?? "") !== fs.realpathSync(dataDirectory)) {
      return { state: "foreign", cause: new Error(`It serves ${rows[0]?.data_directory}.`) };
    }
    const found = await client.query("select from pg_database where datname = $1", [database]);
    if (found.rowCount === 0) {
      await client.query(`create database ${client.escapeIdentifier(database)}`).catch((error: { code?: string }) => {
        if (error.code !== "42P04") throw error;
      });
    }
    return { state: "ready" };
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code);
    return { state: code === "28P01" || code === "28000" ? "foreign" : "not-yet", cause };
  } finally {
    await client.end().catch(() => {});
  }
}
