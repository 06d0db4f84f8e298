import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type pg from "pg";
import { openPool } from "@/lib/db/pool";
import { freePort } from "@/lib/embedded/free-port";
import { fillStore } from "./million";
import type { Setting } from "./setting";

/** The token that the consoles of a benchmark know. */
export const TOKEN = "tmk_only-for-the-benchmark";

/** A store of one size with a console of its own. */
export type SizedStore = {
  readonly events: number;
  /** Where its API is. */
  readonly api: string;
  readonly owner: pg.Pool;
  readonly close: () => Promise<void>;
};

/** Fills a store with `events` events and starts a console on it. */
export async function openSizedStore(setting: Setting, events: number): Promise<SizedStore> {
  const database = await setting.tidemarkDatabase("pages");
  const owner = openPool({ url: database, role: null, max: 2, applicationName: "bench-owner" });
  const begun = performance.now();
  await fillStore(owner, events);
  process.stderr.write(
    `${events.toLocaleString("en")} events in ${((performance.now() - begun) / 1000).toFixed(0)} s\n`,
  );
  const port = await freePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-bench-console-"));
  const console = startConsole(database, port, folder);
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    const gone = new Promise((resolve) => console.once("exit", resolve));
    console.kill("SIGTERM");
    await Promise.all([gone, owner.end()]);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  await healthy(url).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    ...{ events, owner, close },
    api: `${url}/api/v1/local`,
  };
}

function startConsole(database: string, port: number, folder: string): ChildProcess {
  const env = {
    ...process.env,
    DATABASE_URL: database,
    PORT: String(port),
    TIDEMARK_TOKEN: TOKEN,
    TIDEMARK_DATA_DIR: folder,
    TIDEMARK_DEMO: "0",
  };
  return spawn(process.execPath, ["scripts/start.mjs", "console"], { env, stdio: ["ignore", "ignore", "inherit"] });
}

async function healthy(url: string): Promise<void> {
  const deadline = performance.now() + 300_000;
  while (performance.now() < deadline) {
    const answer = await fetch(`${url}/api/v1/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("The console did not answer in five minutes.");
}
