// What `npm test` runs: every check there is, the browser included, on a clean clone too; with `--proof` a fifth of the
// proof after it. The last line is the total.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { failedInPlaywright, failedInVitest } from "./failed-tests.mjs";
import { checkNode, installPackages } from "./install.mjs";

process.chdir(path.dirname(import.meta.dirname));
const reports = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-reports-"));
const stages = [];

try {
  checkNode();
  await stage("packages", async () => {
    await installPackages();
    return { passed: 0, failed: 0 };
  });
  await stage("checks", async () => (await import("./check.mjs")).check());
  await stage("engine and parts (vitest)", vitest);
  const built = await stage("build", async () => {
    const { buildIfChanged } = await import("./build.mjs");
    await buildIfChanged();
    return { passed: 1, failed: 0 };
  });
  if (built.failed === 0) {
    await stage("pages in the browser (playwright)", () => playwright("pages"));
    await stage("acts in the browser (playwright)", () => playwright("acts"));
  }
  if (process.argv.includes("--proof")) await stage("proof (a fifth)", proof);
} finally {
  fs.rmSync(reports, { recursive: true, force: true });
}

let passed = 0;
let failed = 0;
console.log("");
// Once more here, because what comes first in a long output is the first to be cut off.
for (const { name, result } of stages) for (const line of result.named ?? []) console.log(`✗ ${name}: ${line}`);
for (const { name, result, seconds } of stages) {
  passed += result.passed;
  failed += result.failed;
  console.log(`${name}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Runs one stage and notes its result; what it throws counts as one failure and later stages still run. */
async function stage(name, run) {
  console.log(`\n── ${name}`);
  const started = performance.now();
  let result;
  try {
    result = await run();
  } catch (error) {
    console.log(error.message);
    result = { passed: 0, failed: 1, named: [error.message] };
  }
  stages.push({ name, result, seconds: Math.round((performance.now() - started) / 1000) });
  return result;
}

async function vitest() {
  const report = path.join(reports, "vitest.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await run(["node_modules/vitest/vitest.mjs", ...args]);
  const results = readReport(report);
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = results;
  return total(code, numPassedTests, numFailedTests + numPendingTests + numTodoTests, failedInVitest(results));
}

async function playwright(project) {
  const report = path.join(reports, `playwright-${project}.json`);
  const { findChromium } = await import("./chromium.mjs");
  const args = ["test", "--config=e2e/playwright.config.ts", `--project=${project}`, "--reporter=list,json"];
  const code = await run(["node_modules/@playwright/test/cli.js", ...args], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: report,
    TIDEMARK_CHROMIUM: await findChromium(),
    TIDEMARK_E2E_PORT: String(await freePort()),
  });
  const results = readReport(report);
  const { expected, unexpected, flaky, skipped } = results.stats;
  return total(code, expected, unexpected + flaky + skipped, failedInPlaywright(results));
}

async function proof() {
  const report = path.join(reports, "proof.json");
  const code = await run(["scripts/proof.mjs", "--fifth", "--report", report]);
  const { passed, failed, findings } = readReport(report);
  return total(code, passed, failed, findings);
}

/** A run that ended badly without a failed test, or that had no test at all, is a failure too. */
function total(code, passed, failed, named) {
  return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed, named };
}

function readReport(file) {
  if (!fs.existsSync(file)) throw new Error("It ended without a report.");
  return JSON.parse(fs.readFileSync(file, "utf8"));
}

function run(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", FORCE_COLOR: "0", ...env },
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
