// What `npm run check` runs: format, lint and walls; types of the whole tree; unused files, exports and packages.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";

const CHECKS = [
  ["biome", "@biomejs/biome/bin/biome", ["ci", "--error-on-warnings", "."]],
  ["types of routes", "next/dist/bin/next", ["typegen"]],
  // Not by its record of the last run: with that, a property that a type had begun to demand was not missed.
  ["types", "typescript/bin/tsc", ["--noEmit", "--incremental", "false"]],
  ["unused code", "knip/bin/knip.js", ["--no-progress"]],
];

/** Runs each check and shows the output of those that fail. Returns how many passed and failed. */
export function check() {
  let passed = 0;
  let failed = 0;
  for (const [name, program, args] of CHECKS) {
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [path.join("node_modules", program), ...args],
      {
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
      },
    );
    if (status === 0) {
      passed++;
      console.log(`  ✓ ${name}`);
    } else {
      failed++;
      console.log(`  ✗ ${name}\n${stdout ?? ""}${stderr ?? ""}${error ? error.message : ""}`);
    }
  }
  return { passed, failed };
}

if (process.argv[1] && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  process.chdir(path.dirname(import.meta.dirname));
  const { installPackages } = await import("./install.mjs");
  await installPackages();
  process.exit(check().failed === 0 ? 0 : 1);
}
