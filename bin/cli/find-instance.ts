import fs from "node:fs";
import path from "node:path";
import { CliError, usage } from "@/bin/cli/cli-error";
import type { Environment } from "@/bin/cli/environment";
import { exitCode } from "@/bin/cli/exit-code";

/** A Tidemark to talk to. `url` ends without a slash. */
export type Target = { readonly url: string; readonly token: string | undefined };

/**
 * TIDEMARK_URL with TIDEMARK_TOKEN, else the instance whose data folder is found: TIDEMARK_DATA_DIR, a `.tidemark` in the
 * working directory or above it, or the one of this installation. A folder's token is sent to that folder's instance only.
 */
export function findInstance(environment: Environment): Target {
  const folder = dataDirectory(environment);
  const local = folder === undefined ? undefined : readInstance(folder);
  if (environment.url !== undefined) {
    const url = checkUrl(environment.url);
    return { url, token: environment.token ?? (local?.url === url && folder ? readToken(folder) : undefined) };
  }
  if (!folder || !local || !isAlive(local.pid)) {
    const where = environment.dataDirectory ? ` on ${environment.dataDirectory}` : "";
    throw new CliError(
      exitCode.unavailable,
      `No Tidemark runs here${where}.`,
      "Start one with `npm start`, or set TIDEMARK_URL and TIDEMARK_TOKEN to reach another.",
      { code: "unavailable" },
    );
  }
  if (local.url === undefined) {
    throw new CliError(exitCode.tryAgain, "Tidemark is still starting.", "Wait until it prints its address.", {
      code: "unavailable",
    });
  }
  return { url: local.url, token: environment.token ?? readToken(folder) };
}

function dataDirectory(environment: Environment): string | undefined {
  const { workingDirectory } = environment;
  if (environment.dataDirectory) return path.resolve(workingDirectory, environment.dataDirectory);
  const candidates: string[] = [];
  for (let at = workingDirectory; ; at = path.dirname(at)) {
    candidates.push(path.join(at, ".tidemark"));
    if (path.dirname(at) === at) break;
  }
  candidates.push(path.join(environment.installation, ".tidemark"));
  return candidates.find((folder) => fs.existsSync(path.join(folder, "instance.json")));
}

function readInstance(folder: string): { readonly pid: number; readonly url: string | undefined } | undefined {
  try {
    const text = fs.readFileSync(path.join(folder, "instance.json"), "utf8");
    const { pid, url } = JSON.parse(text) as { pid?: unknown; url?: unknown };
    if (typeof pid !== "number") return undefined;
    return { pid, url: typeof url === "string" ? checkUrl(url) : undefined };
  } catch {
    return undefined;
  }
}

function readToken(folder: string): string | undefined {
  const file = path.join(folder, "token");
  try {
    return fs.readFileSync(file, "utf8").trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CliError(
      exitCode.permission,
      `${file} cannot be read: it belongs to whoever started Tidemark.`,
      "Run this as that user, or set TIDEMARK_TOKEN.",
      { code: "forbidden" },
    );
  }
}

function checkUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.protocol === "http:" || url.protocol === "https:") return url.href.replace(/\/+$/, "");
  } catch {
    // Told below, like a wrong protocol.
  }
  throw usage(`${text} is not an address.`, "Set TIDEMARK_URL to one like http://localhost:3000.");
}

/** A process of another user counts, too: it cannot be signalled, but it is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
