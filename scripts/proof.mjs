// Runs the proof of lib/testing/proof: `npm run proof`, `npm run proof -- --fifth`, `npm run soak -- 90m`; and with
// `--switches-only` (`npm run proof:switches`) that of rebuilds and switches alone, of lib/testing/switches.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const switchesOnly = process.argv[2] === "--switches-only";
const entry = switchesOnly ? "lib/testing/switches/main.ts" : "lib/testing/proof/main.ts";
const folder = path.join(root, "node_modules/.cache", switchesOnly ? "switches-main" : "proof-main");
const file = path.join(folder, "main.cjs");
const esbuild = fileURLToPath(import.meta.resolve("esbuild/bin/esbuild"));
const options = [
  "--bundle",
  "--platform=node",
  "--target=node20",
  "--format=cjs",
  "--packages=external",
  "--alias:@=.",
];
const bundled = spawnSync(
  process.execPath,
  [esbuild, entry, ...options, "--sourcemap", "--log-level=warning", `--outfile=${file}`],
  { cwd: root, stdio: "inherit" },
);
if (bundled.status !== 0) process.exit(1);
const args = process.argv.slice(switchesOnly ? 3 : 2);
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--max-old-space-size=6144", file, ...args], {
  cwd: root,
  stdio: "inherit",
});
fs.rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
