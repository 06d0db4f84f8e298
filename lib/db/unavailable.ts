import { Unavailable } from "@/lib/kernel/errors";

/**
 * Turns the loss or absence of the database into `Unavailable`, with the cause kept; returns every other error as it is.
 * Use it as `throw asUnavailable(error)`.
 */
export function asUnavailable(error: unknown): unknown {
  if (!isConnectionLoss(error) && !isOutOfResources(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new Unavailable(`The database did not answer (${why}). Check that it runs, then try again.`, error);
}

/** Whether the connection failed or broke, so that the outcome of what was under way is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = sqlState(error);
  if (code !== undefined && (LOST.has(code) || code.startsWith("08"))) return true;
  return /^Connection terminated|^timeout exceeded when trying to connect|not queryable|Client was closed/.test(
    error.message,
  );
}

/** Whether the server gave up one of several transactions that stood in each other's way; trying again is right. */
export function isRetryable(error: unknown): boolean {
  const code = sqlState(error);
  return code === "40001" || code === "40P01";
}

/** The SQLSTATE or system error code of an error; `undefined` where there is none. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Class 53: disk full, out of memory, too many connections. Nothing was stored. */
function isOutOfResources(error: unknown): boolean {
  return sqlState(error)?.startsWith("53") ?? false;
}

const LOST = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ENOENT",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "25P03",
]);
