import fs from "node:fs";
import path from "node:path";
import { SUPERUSER } from "@/lib/embedded/initialise";
import { readPostmaster } from "@/lib/embedded/postmaster";

/** The URL of the server that runs in `directory` now, without starting one; undefined when none runs. */
export function addressOf(directory: string, database: string): string | undefined {
  const running = readPostmaster(path.join(directory, "data"));
  if (!running) return undefined;
  try {
    const password = fs.readFileSync(path.join(directory, "password"), "utf8").trim();
    return `postgres://${SUPERUSER}:${password}@127.0.0.1:${running.port}/${encodeURIComponent(database)}`;
  } catch {
    return undefined;
  }
}
