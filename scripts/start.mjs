// What `npm start` runs. Node's own modules only: on a fresh clone there is nothing else yet.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { checkNode, installPackages } from "./install.mjs";

const PARTS = ["all", "console", "worker", "migrate"];
const part = process.argv[2] ?? "all";
const root = path.dirname(import.meta.dirname);
process.chdir(root);
process.env.NEXT_TELEMETRY_DISABLED = "1";

try {
  if (!PARTS.includes(part)) throw new Error(`There is no part ${part}. Parts: ${PARTS.join(", ")}.`);
  checkNode();
  // A running instance is left in peace: the supervisor will say that it is there, from the build that it runs on.
  if (part !== "all" || !isRunning()) {
    await installPackages();
    const { buildIfChanged } = await import("./build.mjs");
    await buildIfChanged();
  }
} catch (error) {
  console.error(`\n${error.message}`);
  process.exit(1);
}
// Dead letters name the build whose code failed.
if (!process.env.TIDEMARK_BUILD && fs.existsSync("dist/.built-from")) {
  process.env.TIDEMARK_BUILD = fs.readFileSync("dist/.built-from", "utf8").slice(0, 8);
}
await import(pathToFileURL(path.join(root, "dist/workers/supervisor.cjs")).href);

/** Whether the data folder's instance seems to live; the supervisor decides for good. */
function isRunning() {
  try {
    const file = path.join(process.env.TIDEMARK_DATA_DIR || ".tidemark", "instance.json");
    const { pid } = JSON.parse(fs.readFileSync(file, "utf8"));
    process.kill(pid, 0);
    return fs.existsSync("dist/workers/supervisor.cjs");
  } catch {
    return false;
  }
}
