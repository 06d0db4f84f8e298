import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Binaries } from "@/lib/embedded/binaries";
import { EmbeddedPostgresError } from "@/lib/embedded/errors";
import { isAlive } from "@/lib/embedded/postmaster";
import type { Launch } from "@/lib/embedded/unprivileged";

/** The one role of a new cluster; its password is random and lives beside the data. */
export const SUPERUSER = "tidemark";

/**
 * Makes a cluster in `<directory>/data` unless there is one, and returns its password. The folder is 0700, the
 * password file 0600. The cluster is built beside its final place and renamed, so that a kill halfway leaves nothing
 * that looks whole. Throws `EmbeddedPostgresError`.
 */
export async function initialise(directory: string, binaries: Binaries, launch: Launch): Promise<string> {
  const data = path.join(directory, "data");
  const passwordFile = path.join(directory, "password");
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  fs.chmodSync(directory, 0o700);
  const initialised = fs.existsSync(path.join(data, "PG_VERSION"));
  if (!fs.existsSync(passwordFile)) {
    if (initialised) {
      throw new EmbeddedPostgresError(
        "password-missing",
        `The database in ${data} has lost its password file ${passwordFile}. Restore it from a backup of that folder.`,
      );
    }
    writeOnce(passwordFile, `${randomBytes(24).toString("hex")}\n`);
  }
  if (launch.owner) {
    fs.chmodSync(path.dirname(directory), 0o711); // To be passed through, not to be read.
    fs.chownSync(directory, launch.owner.uid, launch.owner.gid);
    fs.chownSync(passwordFile, launch.owner.uid, launch.owner.gid);
  }
  if (!initialised) await build(directory, data, passwordFile, binaries, launch);
  return fs.readFileSync(passwordFile, "utf8").trim();
}

async function build(directory: string, data: string, passwordFile: string, binaries: Binaries, launch: Launch) {
  for (const name of fs.readdirSync(directory)) {
    const maker = /^data\.(\d+)\..*new$/.exec(name)?.[1];
    if (maker && !isAlive(Number(maker))) fs.rmSync(path.join(directory, name), { recursive: true, force: true });
  }
  const draft = path.join(directory, `data.${process.pid}.${randomBytes(4).toString("hex")}.new`);
  // The built-in locale sorts and folds the same on every machine; libc's differ between versions and break indexes.
  const words = [...launch.prefix, binaries.initdb, "-D", draft, "-U", SUPERUSER, `--pwfile=${passwordFile}`];
  words.push("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C");
  words.push("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions");
  const [command = "", ...rest] = words;
  const child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"], ...launch.owner });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      complaint += error.message;
      resolve(-1);
    });
    child.once("close", resolve);
  });
  if (code !== 0) {
    fs.rmSync(draft, { recursive: true, force: true });
    throw new EmbeddedPostgresError(
      "initdb-failed",
      `PostgreSQL could not make its data folder ${data}: ${complaint.trim() || `initdb ended with ${code}`}`,
    );
  }
  try {
    fs.renameSync(draft, data);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(path.join(data, "PG_VERSION"))) throw error; // Else another start was first, with the same password.
  }
}

/** Whole or not at all, and never over another's. */
function writeOnce(file: string, text: string): void {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  fs.writeFileSync(draft, text, { mode: 0o600 });
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    fs.rmSync(draft);
  }
}
