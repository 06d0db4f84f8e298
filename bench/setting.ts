import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { migrate } from "@/lib/db/migrate";
import { startPostgres } from "@/lib/embedded/postgres";

/** What a question is asked on: a fresh PostgreSQL with every safety on, and a database for each contender. */
export type Setting = {
  /** Small sizes and few rounds: shows that everything runs, proves nothing. */
  readonly quick: boolean;
  /** How long the log of a question is, where that was said (`--events 10000000`). */
  readonly events: number | undefined;
  /** How many minutes the browser tails, where that was said. */
  readonly minutes: number | undefined;
  /** Makes an empty database and returns its owner's URL. */
  readonly database: (name: string) => Promise<string>;
  /** The same, with Tidemark's schema in it. */
  readonly tidemarkDatabase: (name: string) => Promise<string>;
  readonly serverVersion: string;
  readonly close: () => Promise<void>;
};

/** Starts the server in a temporary folder. fsync and synchronous_commit stay on; the rest is the same for all. */
export async function openSetting(sizes: Pick<Setting, "quick" | "events" | "minutes">): Promise<Setting> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-bench-"));
  const postgres = await startPostgres({
    directory,
    database: "postgres",
    projectRoot: process.cwd(),
    preferredPort: 0,
    settings: { max_connections: "200", shared_buffers: "512MB", max_wal_size: "4GB", checkpoint_timeout: "30min" },
  });
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  const { rows } = await admin.query<{ server_version: string }>("show server_version");
  const database = async (name: string) => {
    const unique = `${name}_${randomBytes(3).toString("hex")}`;
    await admin.query(`create database ${unique}`);
    const url = new URL(postgres.url);
    url.pathname = `/${unique}`;
    return url.href;
  };
  return {
    ...sizes,
    database,
    tidemarkDatabase: async (name) => {
      const url = await database(name);
      await migrate({ url });
      return url;
    },
    serverVersion: rows[0]?.server_version ?? "unknown",
    close: async () => {
      await admin.end();
      await postgres.stop();
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}
