import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { openPool } from "@/lib/db/pool";
import { databaseUrl } from "@/lib/testing/cluster";

/** A migrated database that one test file has to itself. */
export type TestDatabase = {
  /** The owner's URL; `openPool` takes the application's role on it by itself. */
  readonly url: string;
  readonly name: string;
  /** As the application: it may append and read, and may not touch events. */
  readonly pool: pg.Pool;
  /** As the owner: for arranging what the application may not do. */
  readonly owner: pg.Pool;
  readonly close: () => Promise<void>;
};

/**
 * Copies the run's template. Call it in `beforeAll`, and `close` in `afterAll`. Takes about 100 ms. Appends past
 * inline projections are let through unless `inline` says which are known.
 */
export async function createTestDatabase(
  options: { max?: number; inline?: readonly string[] } = {},
): Promise<TestDatabase> {
  const { adminUrl, template } = inject("testCluster");
  const name = template.replace(/template$/, randomBytes(6).toString("hex"));
  await asAdmin(adminUrl, `create database ${name} template ${template}`);
  const url = databaseUrl(adminUrl, name);
  const pool = openPool({ url, max: options.max ?? 10, applicationName: "test", inline: options.inline ?? ["any"] });
  const owner = openPool({ url, role: null, max: 4, applicationName: "test-owner", inline: ["any"] });
  const close = async () => {
    await Promise.all([pool.end(), owner.end()]);
    await asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
  };
  return { url, name, pool, owner, close };
}

/** Two files may copy the template at once; PostgreSQL lets only one connection near it, so the other tries again. */
async function asAdmin(url: string, sql: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "55006" || attempt === 50) throw error;
    } finally {
      await client.end();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
