import fs from "node:fs";

/**
 * The Chromium to test with: $TIDEMARK_CHROMIUM, else one of the system, else the one of the npm package on Linux;
 * undefined means Playwright's own.
 */
export async function findChromium() {
  if (process.env.TIDEMARK_CHROMIUM) return process.env.TIDEMARK_CHROMIUM;
  const system = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
  ];
  const found = system.find((file) => fs.existsSync(file));
  if (found) return found;
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const { default: chromium } = await import("@sparticuz/chromium");
  return chromium.executablePath();
}
