import pg from "pg";
import { sqlState } from "@/lib/db/unavailable";

/**
 * Makes the index on parts of stream names, by trigrams, while appends go on. True when it is there afterwards; false where
 * the server has no `pg_trgm` or the owner may not have it. What an attempt left half made is made anew.
 */
export async function indexStreamNames({ url, schema }: { url: string; schema: string }): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, application_name: "tidemark name index" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const name = client.escapeIdentifier(schema);
    await client.query("select pg_advisory_lock(hashtextextended('tidemark.name-index:' || $1, 0))", [schema]);
    const home = await trigramsIn(client, name);
    if (home === undefined) return false;
    const { rows } = await client.query<{ valid: boolean }>(
      "select indisvalid as valid from pg_index where indexrelid = to_regclass($1 || '.streams_name_part')",
      [name],
    );
    if (rows[0]?.valid) return true;
    if (rows[0]) await client.query(`drop index ${name}.streams_name_part`);
    const operators = `${client.escapeIdentifier(home)}.gin_trgm_ops`;
    await client.query(
      `create index concurrently streams_name_part on ${name}.streams using gin (stream ${operators})`,
    );
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The schema that the extension is in; undefined where it cannot be had. */
async function trigramsIn(client: pg.Client, schema: string): Promise<string | undefined> {
  try {
    await client.query(`create extension if not exists pg_trgm with schema ${schema}`);
  } catch (error) {
    // Not installed, not for this role, or not of this server: the search goes on without it.
    if (!/^(0A000|42501|58P01|22023|XX000)$/.test(sqlState(error) ?? "")) throw error;
  }
  const { rows } = await client.query<{ home: string }>(
    "select n.nspname as home from pg_extension x join pg_namespace n on n.oid = x.extnamespace where x.extname = 'pg_trgm'",
  );
  return rows[0]?.home;
}
