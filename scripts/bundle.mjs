import { spawn } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";

/** The programs beside the console; each becomes one file that Node runs without a compiler. */
const ENTRIES = ["workers/supervisor.ts", "workers/worker.ts", "workers/traffic.ts", "bin/main.ts"];

/** Bundles workers and the command-line program into `dist/`. Throws with esbuild's words. */
export async function bundle() {
  const entries = ENTRIES.filter((file) => fs.existsSync(file));
  // As a child process: esbuild's API leaves a helper process running under whoever called it.
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(import.meta.resolve("esbuild/bin/esbuild")),
      ...entries,
      "--bundle",
      "--platform=node",
      "--target=node20",
      "--format=cjs",
      "--packages=external",
      "--sourcemap",
      "--alias:@=.",
      "--outbase=.",
      "--outdir=dist",
      "--out-extension:.js=.cjs",
      "--log-level=warning",
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let words = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      words += chunk;
    });
  }
  const code = await new Promise((resolve) => {
    child.once("close", resolve);
    child.once("error", (error) => {
      words += error.message;
    });
  });
  if (code !== 0) throw new Error(`Bundling the workers failed:\n${words}`);
}
