import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { EmbeddedPostgresError } from "@/lib/embedded/errors";

/** How to run a program so that PostgreSQL accepts the user: words before the command, or another user. */
export type Launch = {
  readonly prefix: readonly string[];
  readonly owner?: { readonly uid: number; readonly gid: number };
};

const NOBODY = 65_534;

/**
 * PostgreSQL refuses to run as root. For root this finds a way that needs no new user: a user namespace, in which the
 * process sees another id while files stay root's; where the kernel denies those, the user `nobody`, if it can reach
 * `program`. Throws `EmbeddedPostgresError` (`root-without-namespaces`) when neither works.
 */
export function unprivileged(program: string): Launch {
  if (process.platform === "win32") return { prefix: [] };
  const root = process.getuid?.() === 0;
  if (!root && hasName()) return { prefix: [] };
  const unshare = ["/usr/bin/unshare", "/bin/unshare"].find((file) => fs.existsSync(file));
  if (unshare && spawnSync(unshare, ["--user", program, "--version"], { stdio: "ignore" }).status === 0) {
    return { prefix: [unshare, "--user"] };
  }
  if (!root) return { prefix: [] };
  const owner = { uid: NOBODY, gid: NOBODY };
  if (spawnSync(program, ["--version"], { stdio: "ignore", ...owner }).status === 0) return { prefix: [], owner };
  throw new EmbeddedPostgresError(
    "root-without-namespaces",
    "The built-in PostgreSQL cannot run as root here: user namespaces are denied, and the user nobody cannot read " +
      "this folder. Start Tidemark as a normal user, or point DATABASE_URL at a PostgreSQL server, 15 or newer.",
  );
}

/** initdb wants a name for its user id; a bare numeric id in a container has none. */
function hasName(): boolean {
  try {
    os.userInfo();
    return true;
  } catch {
    return false;
  }
}
