import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

/** The programs that the proof starts and kills. */
export type Program = "worker" | "writer";

/** One of them at work. */
export type Started = {
  readonly child: ChildProcess;
  /** Resolves with true once it is at work, with false when it ended before. */
  readonly ready: Promise<boolean>;
  /** Resolves with the signal that ended it; null when it ended by itself. */
  readonly ended: Promise<NodeJS.Signals | null>;
  readonly frozen: () => boolean;
  readonly stored: () => number;
};

/** Bundled programs in a folder of their own, and every process that was started from them. */
export type Programs = {
  readonly start: (program: Program, env: Readonly<Record<string, string>>) => Started;
  /** Ends all that still run, at once. */
  readonly close: () => Promise<void>;
  /** What went wrong in a process by itself; a kill is not such a thing. */
  readonly complaints: readonly string[];
};

/** Bundles the programs once, below `node_modules`, where their packages are found. */
export async function bundlePrograms(): Promise<Programs> {
  const folder = path.resolve("node_modules/.cache", `proof-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  await bundle(folder);
  const running = new Set<ChildProcess>();
  const complaints: string[] = [];
  return {
    complaints,
    start(program, env) {
      const child = fork(path.join(folder, `${program}.cjs`), {
        env: { ...process.env, ...env },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        execArgv: [],
      });
      running.add(child);
      let words = "";
      child.stderr?.on("data", (chunk) => {
        words += String(chunk);
      });
      let stored = 0;
      const ended = new Promise<NodeJS.Signals | null>((resolve) => {
        child.once("exit", (code, signal) => {
          running.delete(child);
          if (code !== 0 && signal === null)
            complaints.push(`${env.PROOF_NAME} ended with ${code}: ${words.slice(0, 2_000)}`);
          resolve(signal);
        });
      });
      const ready = new Promise<boolean>((resolve) => {
        child.on("message", (message) => {
          if (message === "ready") resolve(true);
          else stored = (message as { stored: number }).stored;
        });
        void ended.then(() => resolve(false));
      });
      // A message to a process that has just died is nobody's loss.
      child.on("error", () => undefined);
      return { child, ready, ended, frozen: () => isFrozen(child), stored: () => stored };
    },
    async close() {
      await Promise.all(
        [...running].map(async (child) => {
          const gone = once(child, "exit");
          child.kill("SIGKILL");
          await gone;
        }),
      );
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function bundle(folder: string): Promise<void> {
  const entries = ["worker", "writer"].map((name) => `lib/testing/proof/processes/${name}.ts`);
  const options = [
    "--bundle",
    "--platform=node",
    "--target=node20",
    "--format=cjs",
    "--external:pg-native",
    "--alias:@=.",
  ];
  const esbuild = spawn(
    process.execPath,
    [
      "node_modules/esbuild/bin/esbuild",
      ...entries,
      ...options,
      "--out-extension:.js=.cjs",
      "--log-level=warning",
      `--outdir=${folder}`,
    ],
    { stdio: "inherit" },
  );
  const [code] = await once(esbuild, "close");
  if (code !== 0) throw new Error("The programs of the proof could not be bundled.");
}

/** Whether a process is stopped as by SIGSTOP. Only Linux tells. */
function isFrozen({ pid }: ChildProcess): boolean {
  const file = `/proc/${pid}/stat`;
  try {
    return existsSync(file) && /\) T /.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}
