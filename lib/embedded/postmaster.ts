import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/** The server that owns a data directory, from its `postmaster.pid`. */
export type Postmaster = { readonly pid: number; readonly port: number };

/**
 * Reads which server owns `dataDirectory`; undefined when none lives. A pid that a power cut left behind and that
 * another program has taken since does not count, and its file is removed so that PostgreSQL can start.
 */
export function readPostmaster(dataDirectory: string): Postmaster | undefined {
  const file = path.join(dataDirectory, "postmaster.pid");
  let lines: string[];
  try {
    lines = fs.readFileSync(file, "utf8").split("\n");
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  if (!isPostgres(pid)) {
    fs.rmSync(file, { force: true });
    return undefined;
  }
  return { pid, port: Number(lines[3]) || 0 };
}

/** Whether a process with this id exists, its own user's or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Resolves when no process has this id any more; true, or false when `deadlineMs` have passed first. */
export async function whenGone(pid: number, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (isAlive(pid)) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

function isPostgres(pid: number): boolean {
  try {
    const command =
      process.platform === "linux"
        ? fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")
        : execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return command.includes("postgres");
  } catch {
    return true; // Not to be seen: assume the worst, so that two servers never share a directory.
  }
}
