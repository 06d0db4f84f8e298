import path from "node:path";
import { type EmbeddedPostgres, startPostgres } from "@/lib/embedded/postgres";
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

const WATCH_MS = 200;
const RETRY_MS = [0, 500, 1_000, 2_000, 5_000, 10_000];

/**
 * The server of DATABASE_URL, or PostgreSQL of our own in `<data>/postgres`, which is started again whenever it ends.
 * `onMoved` is called when it had to come back at another address. A server that was running already is stopped at the
 * end only by the `owner` of the data folder; a single part leaves it to whoever started it.
 */
export async function openDatabase(
  config: Config,
  { notices, onMoved, owner }: { notices: Notices; onMoved: () => void; owner: boolean },
): Promise<Database> {
  if (config.databaseUrl) {
    const given = config.databaseUrl;
    return { url: () => given, description: "PostgreSQL server of DATABASE_URL", stop: async () => {} };
  }
  const options = {
    directory: databaseDirectory(config),
    database: DATABASE_NAME,
    projectRoot: process.cwd(),
  };
  let postgres: EmbeddedPostgres = await startPostgres(options);
  let stopping = false;
  let failures = 0;
  let restarting: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  const bringBack = async () => {
    notices.say("database", "ended; starting it again");
    try {
      const before = postgres.url;
      postgres = await startPostgres(options);
      failures = 0;
      notices.say("database", "is back");
      if (postgres.url !== before) onMoved();
    } catch (error) {
      failures++;
      notices.say("database", error instanceof Error ? error.message : String(error));
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
