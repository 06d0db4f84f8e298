import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { childEnvironment } from "@/lib/runtime/config";
import { openLogFile } from "@/workers/supervisor/log-file";
import type { Notices } from "@/workers/supervisor/notices";

/** A part that is kept running. */
export type Child = {
  readonly name: string;
  readonly pid: () => number | undefined;
  /** Ends it and lets it start again at once, with the environment of that time. */
  readonly restart: () => void;
  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone and will not come back. */
  readonly stop: (graceMs: number) => Promise<void>;
};

/** How to start a part. `env` is asked at every start, because the database's address can change. */
export type ChildOptions = {
  readonly name: string;
  readonly file: string;
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly logDirectory: string;
  readonly notices: Notices;
};

/** Waits before the 1st, 2nd, … start after a failure, in milliseconds; a run of 30 s begins the count anew. */
const BACK_OFF_MS = [100, 500, 1_000, 2_000, 5_000, 10_000, 15_000];
const STEADY_MS = 30_000;

/**
 * Starts a part and starts it again whenever it ends, with growing waits. It has a process group of its own, so that
 * Ctrl-C reaches only the supervisor, and a channel whose end tells it that the supervisor is gone.
 */
export function keepRunning({ name, file, env, logDirectory, notices }: ChildOptions): Child {
  const log = openLogFile(logDirectory, name);
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let stopping = false;
  let wanted = false;

  const start = () => {
    timer = undefined;
    const bornAt = performance.now();
    const born = fork(file, [], {
      detached: true,
      // Stacks, and with them dead letters, name the file and line of the source. A program cannot ask for this itself:
      // Node reads the map when it loads a file.
      execArgv: [...process.execArgv, "--enable-source-maps"],
      env: childEnvironment(env()),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    child = born;
    for (const stream of [born.stdout, born.stderr]) follow(stream, name, log.write, notices);
    born.on("error", (error) => notices.say(name, error.message));
    born.once("exit", (code, signal) => {
      if (child === born) child = undefined;
      log.write(JSON.stringify({ part: "supervisor", msg: `${name} ended`, code, signal }));
      if (stopping) return;
      if (performance.now() - bornAt > STEADY_MS || wanted) failures = 0;
      const wait = wanted ? 0 : (BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? 0);
      if (!wanted)
        notices.say(name, `ended (${signal ?? `code ${code}`}); starts again in ${wait} ms. Log: ${log.path}`);
      wanted = false;
      failures++;
      timer = setTimeout(start, wait);
    });
  };
  start();

  return {
    name,
    pid: () => child?.pid,
    restart() {
      wanted = child !== undefined;
      child?.kill("SIGTERM");
    },
    async stop(graceMs) {
      stopping = true;
      clearTimeout(timer);
      const last = child;
      if (last && last.exitCode === null && last.signalCode === null) {
        const gone = new Promise<void>((resolve) => last.once("exit", () => resolve()));
        const hard = setTimeout(() => last.kill("SIGKILL"), graceMs);
        last.kill("SIGTERM");
        await gone;
        clearTimeout(hard);
      }
      log.close();
    },
  };
}

/** Files each line, and tells the terminal of warnings and of words that are no log lines. */
function follow(stream: Readable | null, name: string, write: (line: string) => void, notices: Notices): void {
  if (!stream) return;
  createInterface({ input: stream }).on("line", (line) => {
    write(line);
    const level = /^\{"level":"(\w+)"/.exec(line)?.[1];
    if (level === "warn" || level === "error" || level === "fatal") {
      const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
      notices.say(name, [msg, err?.message].filter(Boolean).join(": "));
    } else if (!level && /^\s*(\S*Error|Warning|⨯|⚠)/.test(line)) {
      notices.say(name, line.trim());
    }
  });
}
