// Runs the benchmarks of bench/: `npm run bench`, `npm run bench -- --quick`, `npm run bench -- append lag`.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const tsx = fileURLToPath(import.meta.resolve("tsx/cli"));
const { status } = spawnSync(process.execPath, [tsx, "bench/run.ts", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
