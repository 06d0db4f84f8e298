import { defineConfig } from "@playwright/test";
import { instance } from "./instance";
import { prometheusInstalled } from "./prometheus";

/** One Tidemark for the whole run, started by `start-tidemark.ts`; every test begins signed in. */
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  globalSetup: "./start-tidemark.ts",
  // All pages are looked at side by side; what people do comes one after the other, for all of it is done to the same store.
  // `npm test` runs the one after the other, each on a Tidemark of its own.
  workers: 2,
  projects: [
    { name: "pages", testMatch: /accessibility/ },
    { name: "acts", testIgnore: prometheusInstalled ? /accessibility/ : /accessibility|prometheus/, workers: 1 },
  ],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: instance.url,
    storageState: instance.storageState,
    // A POSIX locale of the machine is no language tag, and the page would not come to life.
    locale: "en-US",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(process.env.TIDEMARK_CHROMIUM ? { executablePath: process.env.TIDEMARK_CHROMIUM } : {}),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
