import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { refuseOldServer } from "@/lib/db/pool";
import { asUnavailable } from "@/lib/db/unavailable";
import { InvalidRequest } from "@/lib/kernel/errors";

/**
 * Where to migrate: the owner's URL, the schema (`tidemark`), and the folder of migrations (`drizzle` here). The files are
 * `writtenFor` a schema (`tidemark`) and are read for the one that is given.
 */
export type Migration = {
  readonly url: string;
  readonly schema?: string;
  readonly folder?: string;
  readonly writtenFor?: string;
};

/**
 * Brings the schema up to date, all or nothing, under a lock: callers at the same time wait and then find nothing to do.
 * Throws for servers older than 15 and for schema names that are not plain lower-case identifiers.
 */
export async function migrate({ url, schema = "tidemark", folder, writtenFor = "tidemark" }: Migration): Promise<void> {
  if (!/^[a-z][a-z0-9_]{0,50}$/.test(schema)) {
    throw new InvalidRequest(`Schema name ${schema} refused: use lower-case letters, digits and underscores.`);
  }
  const source = folder ?? path.join(process.cwd(), "drizzle");
  const client = new pg.Client({ connectionString: url, application_name: "tidemark migrate" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    refuseOldServer(rows[0]?.version ?? 0);
    await client.query("set client_min_messages = warning");
    await client.query("select pg_advisory_lock(hashtextextended('tidemark.migrate:' || $1, 0))", [schema]);
    const run = (migrationsFolder: string) =>
      runMigrations(drizzle(client), { migrationsFolder, migrationsSchema: schema, migrationsTable: "migrations" });
    await (schema === writtenFor ? run(source) : withSchema(source, schema, run));
  } catch (error) {
    throw asUnavailable(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The SQL as it reads for `schema`; the role `tidemark_app` belongs to the cluster and keeps its name. */
function renameSchema(sql: string, schema: string): string {
  return sql.replace(/\btidemark_read\b/g, `${schema}_read`).replace(/\btidemark\b/g, schema);
}

async function withSchema(folder: string, schema: string, use: (folder: string) => Promise<void>): Promise<void> {
  const copy = await mkdtemp(path.join(tmpdir(), "tidemark-migrations-"));
  try {
    await cp(folder, copy, { recursive: true });
    for (const name of await readdir(copy)) {
      if (!name.endsWith(".sql")) continue;
      const file = path.join(copy, name);
      await writeFile(file, renameSchema(await readFile(file, "utf8"), schema));
    }
    await use(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
