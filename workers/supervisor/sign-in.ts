import { createSignInLink } from "@/lib/access/sign-in-link";
import { openPool } from "@/lib/db/pool";
import { addressOf } from "@/lib/embedded/address-of";
import type { Config } from "@/lib/runtime/config";
import { DATABASE_NAME, databaseDirectory } from "@/workers/supervisor/database";

/** A new one-time sign-in address of the console at `consoleUrl`. */
export async function signInAddress(databaseUrl: string, schema: string, consoleUrl: string): Promise<string> {
  const pool = openPool({ url: databaseUrl, schema, max: 1, applicationName: "tidemark-supervisor" });
  try {
    return `${consoleUrl}/sign-in?token=${await createSignInLink(pool)}`;
  } finally {
    await pool.end();
  }
}

/** The same for an instance that another process runs; undefined when its database cannot be reached. */
export async function signInAddressOfRunning(
  config: Config,
  consoleUrl: string | undefined,
): Promise<string | undefined> {
  const databaseUrl = config.databaseUrl ?? addressOf(databaseDirectory(config), DATABASE_NAME);
  if (!databaseUrl || !consoleUrl) return undefined;
  return signInAddress(databaseUrl, config.schema, consoleUrl).catch(() => undefined);
}
