import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";
import { runQuietly } from "./run.mjs";
import { hashSources, isDone, markDone } from "./stamp.mjs";

const STAMP = "dist/.built-from";

/** Builds the console and the workers when their sources are not the ones of the last build. */
export async function buildIfChanged() {
  const hash = hashSources();
  if (isDone(STAMP, hash) && fs.existsSync(".next/standalone/server.js")) return;
  await build();
  markDone(STAMP, hash);
}

/** Builds the console (`.next/standalone`) and the workers (`dist`). Throws with the last lines of what failed. */
export async function build() {
  fs.rmSync(STAMP, { force: true });
  await bundle();
  await runQuietly(
    "Building the console (half a minute, after each change)",
    process.execPath,
    ["node_modules/next/dist/bin/next", "build"],
    { logFile: "dist/build.log", env: { NODE_ENV: "production" } },
  );
  // The standalone server leaves these two out, meant for a content delivery network that we do not have.
  fs.cpSync(".next/static", ".next/standalone/.next/static", { recursive: true });
  if (fs.existsSync("public")) fs.cpSync("public", ".next/standalone/public", { recursive: true });
}

if (process.argv[1] && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const { installPackages } = await import("./install.mjs");
  process.chdir(path.dirname(import.meta.dirname));
  const hash = hashSources();
  await installPackages();
  await build().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
  markDone(STAMP, hash);
}
