import path from "node:path";
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startPostgres } from "@/lib/embedded/postgres";
import type { Config } from "@/lib/runtime/config";
import type { Notices } from "@/workers/supervisor/notices";

/** The database that everything runs on. */
export type Database = {
  /** Its address now. */
  readonly url: () => string;
  /** Whether it is ours, and words for the terminal. */
  readonly description: string;
  /** Stops it if it is ours and we started or adopted it. */
  readonly stop: (graceMs: number) => Promise<void>;
};

/** The database within a PostgreSQL of our own. */
export const DATABASE_NAME = "tidemark";

/** Where a PostgreSQL of our own lives. */
export function databaseDirectory(config: Pick<Config, "dataDirectory">): string {
  return path.join(config.dataDirectory, "postgres");
}

/** The database of keys, within another PostgreSQL of our own. */
const KEY_DATABASE_NAME = "tidemark_keys";
/** Another than that of the events, which starts at the same time. */
const KEY_PORT = 54_330;

/** The little that keys need: they are few, and what was deleted should leave the logs of the server soon. */
const KEY_SETTINGS = { shared_buffers: "16MB", max_connections: "100", min_wal_size: "32MB", max_wal_size: "64MB" };

const WATCH_MS = 200;
const RETRY_MS = [0, 500, 1_000, 2_000, 5_000, 10_000];

/** Who opens it: whom to tell, whether it may stop what it found running, and what to do when it had to come back at another address. */
type Opening = { readonly notices: Notices; readonly onMoved: () => void; readonly owner: boolean };

/**
 * The server of DATABASE_URL, or PostgreSQL of our own in `<data>/postgres`, which is started again whenever it ends.
 * `onMoved` is called when it had to come back at another address. A server that was running already is stopped at the
 * end only by the `owner` of the data folder; a single part leaves it to whoever started it.
 */
export async function openDatabase(config: Config, opening: Opening): Promise<Database> {
  if (config.databaseUrl) return given(config.databaseUrl, "PostgreSQL server of DATABASE_URL");
  return openOwn("database", { directory: databaseDirectory(config), database: DATABASE_NAME }, opening);
}

/**
 * The same for the keys: the server of TIDEMARK_KEYS_URL, or PostgreSQL of our own in `<data>/keys` beside one of our own for
 * the events; undefined where only the events have a server, since nobody has said where their keys may be.
 */
export async function openKeyDatabase(config: Config, opening: Opening): Promise<Database | undefined> {
  if (config.keys.url) return given(config.keys.url, "key database of TIDEMARK_KEYS_URL");
  if (config.databaseUrl) return undefined;
  const directory = path.join(config.dataDirectory, "keys");
  const own = { directory, database: KEY_DATABASE_NAME, settings: KEY_SETTINGS, preferredPort: KEY_PORT };
  return openOwn("key database", own, opening);
}

function given(url: string, description: string): Database {
  return { url: () => url, description, stop: async () => {} };
}

async function openOwn(
  name: string,
  where: Pick<EmbeddedPostgresOptions, "directory" | "database" | "settings" | "preferredPort">,
  { notices, onMoved, owner }: Opening,
): Promise<Database> {
  const options = { ...where, projectRoot: process.cwd() };
  let postgres: EmbeddedPostgres = await startPostgres(options);
  let stopping = false;
  let failures = 0;
  let restarting: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const bringBack = async () => {
    notices.say(name, "ended; starting it again");
    try {
      const before = postgres.url;
      postgres = await startPostgres(options);
      failures = 0;
      notices.say(name, "is back");
      if (postgres.url !== before) onMoved();
    } catch (error) {
      failures++;
      notices.say(name, error instanceof Error ? error.message : String(error));
    }
  };
  const watch = async () => {
    if (stopping) return;
    if (!postgres.alive()) {
      restarting = bringBack();
      await restarting;
    }
    if (!stopping)
      timer = setTimeout(watch, failures ? (RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0) : WATCH_MS);
  };
  timer = setTimeout(watch, WATCH_MS);

  return {
    url: () => postgres.url,
    description: `PostgreSQL in ${options.directory}${postgres.adopted ? " (was still running)" : ""}`,
    async stop(graceMs) {
      stopping = true;
      clearTimeout(timer);
      await restarting;
      if (owner || !postgres.adopted) await postgres.stop(graceMs);
    },
  };
}
