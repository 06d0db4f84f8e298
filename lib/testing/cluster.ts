import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "@/lib/db/migrate";
import { startPostgres } from "@/lib/embedded/postgres";

/** What the setup hands to test files: a superuser's URL, and a migrated database to copy. */
export type TestCluster = { readonly adminUrl: string; readonly template: string };

declare module "vitest" {
  interface ProvidedContext {
    readonly testCluster: TestCluster;
  }
}

/**
 * vitest's global setup: one PostgreSQL for the whole run, in a temporary folder, or the server of
 * TIDEMARK_TEST_DATABASE_URL (a superuser's URL). Migrates one template database; removes all it made at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer(process.env.TIDEMARK_TEST_DATABASE_URL);
  const prefix = `tidemark_test_${randomBytes(4).toString("hex")}`;
  const template = `${prefix}_template`;
  await asAdmin(server.adminUrl, async (client) => {
    await client.query(`create database ${template}`);
  });
  await migrate({ url: databaseUrl(server.adminUrl, template) });
  project.provide("testCluster", { adminUrl: server.adminUrl, template });
  return async () => {
    if (!server.temporary) await dropAll(server.adminUrl, prefix);
    await server.stop();
  };
}

/** The same server's URL for another database. */
export function databaseUrl(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}

async function startServer(given: string | undefined) {
  if (given) return { adminUrl: given, temporary: false, stop: async () => {} };
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-test-"));
  const postgres = await startPostgres({
    directory,
    database: "postgres",
    projectRoot: process.cwd(),
    preferredPort: 0,
    // What a power cut would lose is of no use to a test. synchronous_commit stays on: the store insists on it.
    settings: { fsync: "off", full_page_writes: "off", max_connections: "400", shared_buffers: "128MB" },
  });
  const stop = async () => {
    await postgres.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  return { adminUrl: postgres.url, temporary: true, stop };
}

async function dropAll(adminUrl: string, prefix: string): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      "select datname from pg_database where starts_with(datname, $1)",
      [prefix],
    );
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`);
  });
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
