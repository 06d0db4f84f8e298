// Runs the proof of lib/testing/proof: `npm run proof`, `npm run proof -- --fifth`, `npm run soak -- 90m`; or a part of it
// alone: `npm run proof:switches`, of lib/testing/switches, and `npm run proof:processes`, of lib/testing/process-kills.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const parts = { "--switches-only": "switches", "--processes-only": "process-kills" };
const alone = parts[process.argv[2]];
const entry = `lib/testing/${alone ?? "proof"}/main.ts`;
const folder = path.join(root, "node_modules/.cache", `${alone ?? "proof"}-main`);
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
const args = process.argv.slice(alone ? 3 : 2);
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--max-old-space-size=6144", file, ...args], {
  cwd: root,
  stdio: "inherit",
});
fs.rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
