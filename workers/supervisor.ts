import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TidemarkError } from "@/lib/kernel/errors";
import { readConfig } from "@/lib/runtime/config";
import { kekFileVariables } from "@/lib/runtime/kek-source";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { type Child, keepRunning } from "@/workers/supervisor/child";
import { choosePort, HOST, whenHealthy } from "@/workers/supervisor/console";
import { type Database, openDatabase, openKeyDatabase } from "@/workers/supervisor/database";
import { startDemoTraffic } from "@/workers/supervisor/demo";
import { AlreadyRunning, type InstanceLock, lockInstance } from "@/workers/supervisor/instance-lock";
import { createNotices } from "@/workers/supervisor/notices";
import { localToken } from "@/workers/supervisor/service-token-file";
import { signInAddress, signInAddressOfRunning } from "@/workers/supervisor/sign-in";
import { stopSignals } from "@/workers/supervisor/stop-signals";

/** Of the 5 s that stopping may take: what the parts get, then what the database gets. */
const PART_GRACE_MS = 3_000;
const DATABASE_GRACE_MS = 1_000;

/**
 * How long the console keeps a connection that asks nothing, in milliseconds: longer than clients and proxies keep one
 * (60 s and less by their defaults). Who closes first must be the one that asks: else a request can meet a connection that
 * is being closed, and nobody knows whether it was done.
 */
const KEEP_ALIVE_MS = 75_000;

/** How long the workers leave the processor to a console that loads. */
const HEAD_START_MS = 1_500;

/** A token below this many characters is accepted with a word: the port is on loopback, and the operator chose it. */
const SHORT_TOKEN = 16;

/** A store that began before sealing was the default goes on as it was, and is told. */
const UNSEALED =
  "  This store has events in plain text, so personal fields of new events are not sealed either. TIDEMARK_SEALING=1 begins to; TIDEMARK_SEALING=0 ends this notice.";

type Part = "all" | "console" | "worker" | "migrate";

/** Brings up the database, the store, the workers and the console, keeps them up, and takes them down in reverse. */
async function supervise(part: Part): Promise<void> {
  const config = readConfig();
  const stop = stopSignals(config.startedByNpm);
  const notices = createNotices();
  fs.mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
  const lock: InstanceLock | undefined = part === "all" ? lockInstance(config.dataDirectory) : undefined;
  const children: Child[] = [];
  let takeDown = async () => lock?.release();
  try {
    const token = localToken(config.dataDirectory);
    const port = part === "all" || part === "console" ? await choosePort(config) : config.port;
    const url = `http://${HOST}:${port}`;

    const opening = {
      notices,
      owner: part === "all",
      onMoved: () => {
        for (const child of children) child.restart();
      },
    };
    const databases: Database[] = [];
    takeDown = async () => {
      await Promise.all(children.map((child) => child.stop(PART_GRACE_MS)));
      await Promise.all(databases.map((one) => one.stop(DATABASE_GRACE_MS)));
      lock?.release();
    };
    const kept = (one: Database | undefined) => {
      if (one) databases.push(one);
    };
    const starting = [openDatabase(config, opening), openKeyDatabase(config, opening)] as const;
    // Both are waited for, so that neither is left running when the other cannot start.
    await Promise.allSettled(starting.map((one) => one.then(kept)));
    const [database, keyDatabase] = await Promise.all(starting);
    const env = () => ({
      DATABASE_URL: database.url(),
      TIDEMARK_KEYS_URL: keyDatabase?.url(),
      ...kekFileVariables(config.keys.kek),
      TIDEMARK_DATA_DIR: config.dataDirectory,
      TIDEMARK_TOKEN: config.token,
      TIDEMARK_LOCAL_TOKEN: token,
      TIDEMARK_URL: url,
      TIDEMARK_DEMO: config.demo ? "1" : "0",
      NEXT_TELEMETRY_DISABLED: "1",
      npm_lifecycle_event: undefined,
    });
    const keep = (name: string, file: string, extra: Readonly<Record<string, string>> = {}) =>
      children.push(
        keepRunning({
          name,
          file: path.resolve(file),
          env: () => ({ ...env(), ...extra }),
          logDirectory: path.join(config.dataDirectory, "log"),
          notices,
        }),
      );
    // The console takes longest to load, so it begins while the store is made ready; nobody asks it anything before.
    const hasConsole = part === "all" || part === "console";
    if (hasConsole) {
      keep("console", ".next/standalone/server.js", {
        ...{ HOSTNAME: HOST, PORT: String(port), NODE_ENV: "production" },
        KEEP_ALIVE_TIMEOUT: String(KEEP_ALIVE_MS),
      });
    }
    const seals = await prepareStore({
      url: database.url(),
      schema: config.schema,
      nameIndex: config.nameIndex,
      keys: { url: keyDatabase?.url(), kek: config.keys.kek, mayMakeKek: config.keys.url === undefined },
      sealing: config.sealing,
    });
    if (seals === false && config.sealing === undefined) notices.print(UNSEALED);
    if (part === "migrate") return notices.print("The store is up to date.");
    stop.throwIfAborted();

    const healthy = hasConsole
      ? whenHealthy(url, stop, () => notices.print("  Still waiting for the console to answer …"))
      : Promise.resolve();
    await Promise.race([healthy, pause(HEAD_START_MS)]);
    if (part === "worker") keep("worker", "dist/workers/worker.cjs");
    for (let n = 1; part === "all" && n <= config.workers; n++) keep(`worker-${n}`, "dist/workers/worker.cjs");
    if (part === "all" && config.workers > 0) {
      if (config.demo) await startDemoTraffic(database.url(), config.schema);
      // Without the demo it waits for the operator's switch: the console, API and CLI can start it at any time.
      keep("traffic", "dist/workers/traffic.cjs");
    }

    if (part === "worker") {
      notices.print("A worker runs. Ctrl-C stops it.");
    } else {
      await healthy;
      const opening = await signInAddress(database.url(), config.schema, url);
      lock?.publish(url);
      if (config.token && config.token.length < SHORT_TOKEN) {
        notices.print("  TIDEMARK_TOKEN is short enough to be guessed. Use 16 characters or more.");
      }
      notices.print(`\n  Tidemark is ready at ${url}\n  Sign in once, within 15 minutes: ${opening}\n`);
      notices.print(
        `  ${database.description}. Logs: ${path.join(config.dataDirectory, "log")}. Ctrl-C stops everything.`,
      );
    }
    await aborted(stop);
    notices.print(`\n  Stopping (${String(stop.reason)}) …`);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    await takeDown();
    if (stop.aborted) notices.print("  Stopped.");
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

supervise((process.argv[2] ?? "all") as Part).then(
  () => process.exit(0),
  async (error: unknown) => {
    const words = error instanceof TidemarkError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`\n${words}\n`);
    if (error instanceof AlreadyRunning) {
      const address = await signInAddressOfRunning(readConfig(), error.instance.url);
      if (address) process.stderr.write(`To sign in there, once, within 15 minutes: ${address}\n`);
    }
    process.exit(1);
  },
);
