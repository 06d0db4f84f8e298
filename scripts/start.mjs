// What `npm start` runs. Node's own modules only: on a fresh clone there is nothing else yet.
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
  await installPackages();
  const { buildIfChanged } = await import("./build.mjs");
  await buildIfChanged();
} catch (error) {
  console.error(`\n${error.message}`);
  process.exit(1);
}
await import(pathToFileURL(path.join(root, "dist/workers/supervisor.cjs")).href);
