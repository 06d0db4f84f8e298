import fs from "node:fs";
import { runQuietly } from "./run.mjs";
import { hashFiles, isDone, markDone } from "./stamp.mjs";

const STAMP = "node_modules/.tidemark-lock";

/** Refuses a Node.js that is too old, in words. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Tidemark needs Node.js 20.19 or newer; this is ${process.version}. Install one from nodejs.org.`);
}

/** Installs the packages when the lock file is not the one they were installed from. */
export async function installPackages() {
  const lock = hashFiles(["package-lock.json"]);
  if (isDone(STAMP, lock)) return;
  if (fs.existsSync("node_modules/.package-lock.json") && installedMatches()) return markDone(STAMP, lock);
  await runQuietly(
    "Installing packages (about a minute, once)",
    "npm",
    ["ci", "--include=dev", "--no-audit", "--no-fund"],
    { logFile: "dist/install.log" },
  ).catch((error) => {
    throw new Error(`${error.message}\n\nIs the package registry reachable? Then start again.`);
  });
  markDone(STAMP, lock);
}

/** Whether npm itself, run by hand, has installed every package of this platform in the version of the lock file. */
function installedMatches() {
  const wanted = JSON.parse(fs.readFileSync("package-lock.json", "utf8")).packages;
  const have = JSON.parse(fs.readFileSync("node_modules/.package-lock.json", "utf8")).packages;
  return Object.entries(wanted).every(
    ([folder, entry]) => folder === "" || entry.optional || entry.peer || have[folder]?.version === entry.version,
  );
}
