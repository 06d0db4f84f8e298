import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { isAlive } from "@/lib/embedded/postmaster";
import { TidemarkError } from "@/lib/kernel/errors";

/** The running instance of a data folder, for the command-line program and for a second start to find. */
export type Instance = {
  readonly pid: number;
  /** Tells this process from a later one with the same number. */
  readonly born: string;
  /** The console's address, once it answers. */
  readonly url?: string;
};

/** The lock on a data folder. */
export type InstanceLock = {
  /** Publishes where the console answers, in `instance.json`. */
  readonly publish: (url: string) => void;
  readonly release: () => void;
};

/** Another Tidemark runs on this data folder. */
export class AlreadyRunning extends TidemarkError {
  constructor(
    readonly instance: Instance,
    dataDirectory: string,
  ) {
    super(
      "conflict",
      `Tidemark already runs on ${dataDirectory}, as process ${instance.pid}${instance.url ? `, at ${instance.url}` : ""}. ` +
        "Stop it first, or set TIDEMARK_DATA_DIR to another folder.",
      { pid: instance.pid, url: instance.url ?? null },
    );
  }
}

/**
 * Takes the data folder for this process. The lock is a file that names a process and its time of birth, so it ends
 * with the process, kill -9 and a reused number included. Throws `AlreadyRunning`.
 */
export function lockInstance(dataDirectory: string): InstanceLock {
  const file = path.join(dataDirectory, "instance.json");
  const mine: Instance = { pid: process.pid, born: birthOf(process.pid) ?? "" };
  for (;;) {
    if (writeFirst(file, mine)) break;
    const holder = readInstance(dataDirectory);
    if (holder && holder.pid !== process.pid) throw new AlreadyRunning(holder, dataDirectory);
    removeDead(file);
  }
  return {
    publish: (url) => replace(file, { ...mine, url }),
    release: () => {
      if (parse(file)?.pid === process.pid) fs.rmSync(file, { force: true });
    },
  };
}

/** The live instance of a data folder; undefined when none runs. */
export function readInstance(dataDirectory: string): Instance | undefined {
  const instance = parse(path.join(dataDirectory, "instance.json"));
  return instance && isAlive(instance.pid) && birthOf(instance.pid) === instance.born ? instance : undefined;
}

/** Creates the file with its content in one step; false when there is one. */
function writeFirst(file: string, instance: Instance): boolean {
  const draft = write(file, instance);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/**
 * Moves a dead instance's file away, then looks at what was moved: if another start was faster and this is its live
 * lock, it is put back.
 */
function removeDead(file: string): void {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.dead`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = parse(aside);
  if (moved && isAlive(moved.pid) && birthOf(moved.pid) === moved.born) {
    try {
      fs.linkSync(aside, file);
    } catch {
      // A third start holds it by now; its owner will see that when it publishes, and the database is shared safely.
    }
  }
  fs.rmSync(aside, { force: true });
}

function replace(file: string, instance: Instance): void {
  fs.renameSync(write(file, instance), file);
}

function write(file: string, instance: Instance): string {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.new`;
  fs.writeFileSync(draft, `${JSON.stringify(instance)}\n`, { mode: 0o600 });
  return draft;
}

function parse(file: string): Instance | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Instance;
  } catch {
    return undefined;
  }
}

/** When a process was born, as text that only has to be equal for equal processes; undefined when it cannot be told. */
function birthOf(pid: number): string | undefined {
  try {
    if (process.platform === "linux") {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    }
    if (process.platform === "win32") return "";
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
