import fs from "node:fs/promises";
import path from "node:path";
import type { Config } from "@/lib/runtime/config";

/**
 * Bytes that are free where the database lives; null when that is not our own PostgreSQL in the data folder, because the
 * disk of another server cannot be seen from here.
 */
export async function readDiskFree({ databaseUrl, dataDirectory }: Config): Promise<number | null> {
  const folder = path.join(dataDirectory, "postgres");
  try {
    const { hostname, port } = new URL(databaseUrl ?? "");
    const own = (await fs.readFile(path.join(folder, "port"), "utf8")).trim();
    if (own !== port || !LOCAL.has(hostname)) return null;
    const { bavail, bsize } = await fs.statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

const LOCAL: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);
