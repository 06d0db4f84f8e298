import pg from "pg";
import { typeParsers } from "@/lib/db/type-parsers";
import { asUnavailable } from "@/lib/db/unavailable";
import { TidemarkError } from "@/lib/kernel/errors";
import { observePool } from "@/lib/telemetry/observed";

/** How a connection is opened. Times are milliseconds; `role: null` keeps the rights of the log-in. */
export type ConnectionSettings = {
  readonly url: string;
  readonly applicationName: string;
  readonly schema?: string;
  readonly role?: string | null;
  readonly readOnly?: boolean;
  readonly statementTimeoutMs?: number;
  /** The inline projections that whoever appends here knows, `name@version` each; appends past another one are refused. */
  readonly inline?: readonly string[];
  /** Set false where a commit need not wait for the disk, because what a crash of the server takes back is made again. */
  readonly durable?: boolean;
};

/**
 * Opens a pool whose connections act as `role` (the append-only application role by default), see the store's schema
 * without naming it, keep time in UTC, and return values as `typeParsers` says. Connects on first use, never here.
 */
export function openPool(settings: ConnectionSettings & { readonly max?: number }): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(settings),
    max: settings.max ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
  });
  // A connection that breaks while idle leaves the pool by itself; without a listener it would end the process.
  pool.on("error", () => undefined);
  // So would one that is cut in the moment in which it is handed over, before its borrower can listen.
  pool.on("connect", (client) => client.on("error", () => undefined));
  observePool(settings.applicationName, pool);
  return pool;
}

/** The configuration of one connection outside a pool, with the same promises as `openPool`. */
export function clientConfig(settings: ConnectionSettings): pg.ClientConfig {
  const { schema = "tidemark", role = "tidemark_app", readOnly, statementTimeoutMs, inline, durable } = settings;
  const set = [
    `search_path=${schema},${schema}_read`,
    "timezone=UTC",
    "datestyle=ISO",
    "client_encoding=UTF8",
    "idle_in_transaction_session_timeout=60000",
    ...(role === null ? [] : [`role=${role}`]),
    ...(readOnly ? ["default_transaction_read_only=on"] : []),
    ...(statementTimeoutMs === undefined ? [] : [`statement_timeout=${statementTimeoutMs}`]),
    ...(durable === false ? ["synchronous_commit=off"] : []),
    ...(inline === undefined ? [] : [`${schema}.inline=${inline.join(",")}`]),
  ];
  const url = new URL(settings.url);
  const options = [url.searchParams.get("options"), ...set.map((setting) => `-c ${setting}`)].filter(Boolean);
  url.searchParams.delete("options");
  return {
    connectionString: url.toString(),
    options: options.join(" "),
    application_name: settings.applicationName,
    types: typeParsers,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  };
}

/**
 * Refuses a server on which the store's promises would not hold: older than 15, another encoding than UTF-8, or commits
 * that are answered before they are on disk. Throws `TidemarkError` naming the setting, `Unavailable` when nobody answers.
 */
export async function checkServer(pool: pg.Pool): Promise<void> {
  const { rows } = await pool
    .query<{ version: number; encoding: string; commit: string }>(
      `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
              current_setting('synchronous_commit') as commit`,
    )
    .catch((error: unknown) => {
      throw asUnavailable(error);
    });
  const [server] = rows;
  if (!server) throw new TidemarkError("internal", "The server did not tell its settings.");
  refuseOldServer(server.version);
  if (server.encoding !== "UTF8") {
    throw new TidemarkError("conflict", `The database is encoded in ${server.encoding}. Create it with encoding UTF8.`);
  }
  if (server.commit === "off") {
    throw new TidemarkError(
      "conflict",
      "synchronous_commit is off: a crash could lose acknowledged events and hand their positions out again. Set it to on.",
    );
  }
}

/** Throws `TidemarkError` for servers older than 15; `version` is `server_version_num`. */
export function refuseOldServer(version: number): void {
  if (version >= 150_000) return;
  throw new TidemarkError(
    "conflict",
    `PostgreSQL ${Math.floor(version / 10_000)} is too old. Tidemark needs 15 or newer.`,
  );
}
