import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { findBinaries } from "@/lib/embedded/binaries";
import { connectOnce } from "@/lib/embedded/connect-once";
import { EmbeddedPostgresError } from "@/lib/embedded/errors";
import { freePort } from "@/lib/embedded/free-port";
import { initialise, SUPERUSER } from "@/lib/embedded/initialise";
import { isAlive, readPostmaster, whenGone } from "@/lib/embedded/postmaster";
import { type Launch, unprivileged } from "@/lib/embedded/unprivileged";

/** A running PostgreSQL of our own. */
export type EmbeddedPostgres = {
  /** Connection URL of `database` as the cluster's superuser. It stays the same over restarts while the port is free. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** It was already running: an earlier supervisor was killed and left it. */
  readonly adopted: boolean;
  /** Whether the server process lives now. */
  readonly alive: () => boolean;
  /** Stops it: fast shutdown, and after `graceMs` an immediate one, which loses nothing that was committed. */
  readonly stop: (graceMs?: number) => Promise<void>;
};

/** Where and how to run it. `settings` are PostgreSQL settings that win over ours. */
export type EmbeddedPostgresOptions = {
  readonly directory: string;
  readonly database: string;
  readonly projectRoot: string;
  readonly preferredPort?: number;
  readonly settings?: Readonly<Record<string, string>>;
};

const DEFAULT_PORT = 54_329;
const START_DEADLINE_MS = 60_000;

/**
 * Starts PostgreSQL in `directory` (made when missing), or adopts the server that already runs there, and makes sure
 * that `database` exists. It listens on 127.0.0.1 only, with a password, on the port of the last time when that is free.
 * Throws `EmbeddedPostgresError` in words.
 */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = findBinaries(options.projectRoot);
  const launch = unprivileged(binaries.postgres);
  const directory = path.resolve(options.directory);
  const data = path.join(directory, "data");
  const password = await initialise(directory, binaries, launch);
  const urlAt = (port: number, database: string) =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

  let adopted = true;
  const deadline = performance.now() + START_DEADLINE_MS;
  for (;;) {
    const running = readPostmaster(data);
    if (running && running.port > 0) {
      const answer = await connectOnce(urlAt(running.port, "postgres"), options.database, data);
      if (answer.state === "ready") {
        fs.writeFileSync(path.join(directory, "port"), `${running.port}\n`);
        return handle(running.pid, running.port, urlAt(running.port, options.database), adopted);
      }
      if (answer.state === "foreign") {
        throw new EmbeddedPostgresError(
          "foreign-server",
          `Process ${running.pid} serves ${data}, but does not accept our password. Stop it and start Tidemark again.`,
          answer.cause,
        );
      }
    } else if (!running) {
      adopted = false;
      await spawnServer(directory, binaries.postgres, launch, options);
    }
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError("start-failed", `PostgreSQL did not get ready in 60 s. ${lastWords(directory)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function handle(pid: number, port: number, url: string, adopted: boolean): EmbeddedPostgres {
  const stop = async (graceMs = 3_000) => {
    if (!isAlive(pid)) return;
    send(pid, "SIGINT");
    if (await whenGone(pid, graceMs)) return;
    send(pid, "SIGQUIT");
    if (await whenGone(pid, 2_000)) return;
    send(pid, "SIGKILL");
    await whenGone(pid, 2_000);
  };
  return { url, port, pid, adopted, alive: () => isAlive(pid), stop };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone between the check and the signal: that is what was wanted.
  }
}

/** Spawns the server and returns once it owns the data directory, or throws when it gave up for a lasting reason. */
async function spawnServer(directory: string, program: string, launch: Launch, options: EmbeddedPostgresOptions) {
  const data = path.join(directory, "data");
  const port = await freePort(rememberedPort(directory) ?? options.preferredPort ?? DEFAULT_PORT);
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "256MB",
    max_wal_size: "2GB",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    logging_collector: "on",
    log_directory: path.join(directory, "log"),
    log_filename: "postgres-%a.log",
    log_truncate_on_rotation: "on",
    log_checkpoints: "off",
    ...options.settings,
  };
  const words = [...launch.prefix, program, "-D", data, "-p", String(port)];
  for (const [name, value] of Object.entries(settings)) words.push("-c", `${name}=${value}`);
  const [command = "", ...rest] = words;
  const log = fs.openSync(path.join(directory, "start.log"), "w", 0o600);
  // A process group of its own: Ctrl-C in a terminal must reach the supervisor, not the database under its workers.
  const child = spawn(command, rest, { detached: true, stdio: ["ignore", log, log], ...launch.owner });
  fs.closeSync(log);
  let ended = false;
  child.once("error", () => {
    ended = true;
  });
  child.once("exit", () => {
    ended = true;
  });
  child.unref();
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!ended && performance.now() < deadline) {
    const owner = readPostmaster(data);
    if (owner && owner.port > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  // These pass by themselves: backends of a killed server that still end, a race for the port, or for the directory.
  const complaint = lastWords(directory);
  if (/pre-existing shared memory|still in use|could not bind|could not create any TCP|lock file/.test(complaint))
    return;
  throw new EmbeddedPostgresError("start-failed", `PostgreSQL did not start. ${complaint}`);
}

function rememberedPort(directory: string): number | undefined {
  try {
    return Number.parseInt(fs.readFileSync(path.join(directory, "port"), "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** What the server said last: its own log, to which it turns before it listens, and until then its output. */
function lastWords(directory: string): string {
  const logs = path.join(directory, "log");
  const names = fs.existsSync(logs) ? fs.readdirSync(logs).map((name) => path.join(logs, name)) : [];
  const [newest] = names.sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
  return [path.join(directory, "start.log"), newest]
    .flatMap((file) => (file && fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n").slice(-6) : []))
    .join(" / ");
}
