import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { eventually } from "@/lib/testing/eventually";

/** Real worker processes of this tree: `workers/worker.ts`, bundled as for production. */
export type WorkerProcesses = {
  /** Starts one, with `extra` in its environment; `ready` resolves when it says so. */
  readonly start: (extra?: Readonly<Record<string, string>>) => WorkerProcess;
  /** Ends all that still run, at once. */
  readonly close: () => Promise<void>;
};

/** One of them. `output` is what it logged so far. */
export type WorkerProcess = {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
};

/** Bundles the worker, or another program, once, into a folder of its own below `node_modules`, where its packages are found. */
export async function bundleWorker(databaseUrl: string, program = "workers/worker.ts"): Promise<WorkerProcesses> {
  const folder = path.resolve("node_modules/.cache", `${path.basename(program, ".ts")}-${process.pid}-${Date.now()}`);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "worker.cjs");
  const esbuild = spawn(
    process.execPath,
    [
      "node_modules/esbuild/bin/esbuild",
      program,
      ...["--bundle", "--platform=node", "--target=node20", "--format=cjs", "--packages=external", "--alias:@=."],
      "--log-level=warning",
      `--outfile=${file}`,
    ],
    { stdio: "inherit" },
  );
  const [code] = await once(esbuild, "close");
  if (code !== 0) throw new Error("The worker could not be bundled.");
  const running = new Set<ChildProcess>();

  return {
    start(extra = {}) {
      const own = { DATABASE_URL: databaseUrl, TIDEMARK_DATA_DIR: folder, TIDEMARK_LOG_LEVEL: "info" };
      const env = { ...process.env, ...own, ...extra };
      const child = fork(file, { env, stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] });
      running.add(child);
      let text = "";
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
      const exited = new Promise<number | null>((resolve) => child.once("exit", (status) => resolve(status)));
      void exited.then(() => running.delete(child));
      let isReady = false;
      child.on("message", (message) => {
        isReady ||= message === "ready";
      });
      const ready = eventually(
        () => {
          if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode}: ${text}`);
          return isReady;
        },
        { deadlineMs: 30_000, what: "the worker to be ready" },
      ).then(() => undefined);
      ready.catch(() => undefined);
      return { child, ready, exited, output: () => text };
    },
    async close() {
      const all = [...running];
      await Promise.all(
        all.map(async (child) => {
          const gone = once(child, "exit");
          child.kill("SIGKILL");
          await gone;
        }),
      );
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
