// Takes the picture of the README from a running demo: `node scripts/screens.mjs`. It starts a Tidemark of its own, lets
// the shop trade for a while, and photographs the overview.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright";
import { findChromium } from "./chromium.mjs";

const root = path.dirname(import.meta.dirname);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-screens-"));
const target = path.join(root, "docs/screens");
const TRADING_MS = Number(process.env.TIDEMARK_SCREENS_AFTER_MS ?? 90_000);

const child = spawn(process.execPath, ["scripts/start.mjs"], {
  cwd: root,
  env: { ...process.env, TIDEMARK_DATA_DIR: folder, PORT: process.env.PORT ?? "3471", TIDEMARK_DEMO: "1" },
  stdio: ["ignore", "pipe", "inherit"],
});
const gone = new Promise((resolve) => child.once("exit", resolve));
try {
  const link = await printedLink();
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  await page.goto(link);
  console.log(`Letting the shop trade for ${TRADING_MS / 1000} s.`);
  await page.waitForTimeout(TRADING_MS);
  fs.mkdirSync(target, { recursive: true });
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(`${new URL(link).origin}/local`);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.waitForTimeout(2_000);
  await page.screenshot({ path: path.join(target, "overview-light.png") });
  await browser.close();
} finally {
  child.kill("SIGTERM");
  await gone;
  fs.rmSync(folder, { recursive: true, force: true });
}

function printedLink() {
  return new Promise((resolve, reject) => {
    gone.then((code) => reject(new Error(`Tidemark ended with code ${code} before it was ready.`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      console.log(line);
      const found = /Sign in once.*(http:\S+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
}
