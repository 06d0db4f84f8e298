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
  /** Where its console is, and the API of the store. */
  readonly url: string;
  readonly api: string;
  readonly owner: pg.Pool;
  /** Starts a worker on it; it is stopped with the rest. */
  readonly startWorker: () => void;
  /** Memory of the console's process that is not shared with others' files, in MiB. */
  readonly consoleMemory: () => number;
  readonly close: () => Promise<void>;
};

/** What a sized store has beside its length. */
export type SizedStoreMore = {
  /** Fills it in another way than by rows of its own. */
  readonly fill?: (owner: pg.Pool, url: string) => Promise<void>;
  /** What its console and worker find in their environment. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** Fills a store with `events` events and starts a console on it. */
export async function openSizedStore(
  setting: Setting,
  events: number,
  { fill = (owner) => fillStore(owner, events), environment = {} }: SizedStoreMore = {},
): Promise<SizedStore> {
  const database = await setting.tidemarkDatabase("pages");
  const owner = openPool({ url: database, role: null, max: 2, applicationName: "bench-owner" });
  const begun = performance.now();
  await fill(owner, database);
  process.stderr.write(
    `${events.toLocaleString("en")} events in ${((performance.now() - begun) / 1000).toFixed(0)} s\n`,
  );
  const port = await freePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-bench-console-"));
  const start = (part: "console" | "worker") => startPart(part, database, port, folder, environment);
  const parts = [start("console")];
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    const gone = parts.map((part) => new Promise((resolve) => part.once("exit", resolve)));
    for (const part of parts) part.kill("SIGTERM");
    await Promise.all([...gone, owner.end()]);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  await healthy(url).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    ...{ events, url, owner, close },
    api: `${url}/api/v1/local`,
    startWorker: () => void parts.push(start("worker")),
    consoleMemory: () => memoryOf("next-server", folder),
  };
}

function startPart(
  part: "console" | "worker",
  database: string,
  port: number,
  folder: string,
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const env = {
    ...process.env,
    ...environment,
    DATABASE_URL: database,
    PORT: String(port),
    TIDEMARK_TOKEN: TOKEN,
    TIDEMARK_DATA_DIR: folder,
    TIDEMARK_DEMO: "0",
  };
  return spawn(process.execPath, ["scripts/start.mjs", part], { env, stdio: ["ignore", "ignore", "inherit"] });
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

/** Of the process whose command begins with `name` and whose environment knows `folder`; NaN where there is no /proc. */
function memoryOf(name: string, folder: string): number {
  for (const pid of fs.existsSync("/proc") ? fs.readdirSync("/proc") : []) {
    try {
      if (!fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(name)) continue;
      if (!fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder)) continue;
      return Number(/^RssAnon:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
    } catch {
      // A process that is not ours, or has just ended.
    }
  }
  return Number.NaN;
}
