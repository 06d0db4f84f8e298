import { spawnSync } from "node:child_process";
import path from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

/** Tests of what npm has no package of. Where the program is not installed they are left out as a whole, and that is said. */
const NEEDS = [
  { file: "lib/keys/kek-pkcs11.test.ts", program: "softhsm2-util" },
  { file: "lib/alerts/promtool.test.ts", program: "promtool" },
];
const leftOut = NEEDS.filter(({ program }) => spawnSync(program, ["--version"]).status !== 0);
for (const { file, program } of leftOut) process.stderr.write(`Left out, as ${program} is not installed: ${file}\n`);

export default defineConfig({
  resolve: { alias: { "@": path.resolve(__dirname) } },
  test: {
    include: ["{lib,app,workers,bin,scripts}/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...leftOut.map(({ file }) => file)],
    globalSetup: ["lib/testing/cluster.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
