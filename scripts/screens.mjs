// Photographs every page for docs/screens: `npm run screens`, or `npm run screens -- overview trace` for some of them. It
// starts a Tidemark of its own, lets the shop trade, brings about what pages are for (dead letters, alerts, runs), stops the
// traffic so that all pictures are of one moment, and keeps each page in light and dark on a desk and in light on a phone.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright";
import { pages } from "../e2e/pages.ts";
import { findChromium } from "./chromium.mjs";

const root = path.dirname(import.meta.dirname);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-screens-"));
const target = path.join(root, "docs/screens");
const token = `tmk_${randomBytes(24).toString("base64url")}`;
const TRADING_MS = Number(process.env.TIDEMARK_SCREENS_AFTER_MS ?? 90_000);
const QUALITY = 0.72;
/** States that show little: they are tested, and need no picture. */
const LITTLE = /no-match|empty|-none$|closed-cause|at-a-time|searching|refused|by-position|filtered/;
const only = process.argv.slice(2);
const wanted = pages.filter(({ name }) => (only.length > 0 ? only.includes(name) : !LITTLE.test(name)));

const child = spawn(process.execPath, ["scripts/start.mjs"], {
  cwd: root,
  env: {
    ...process.env,
    ...{ TIDEMARK_DATA_DIR: folder, PORT: process.env.PORT ?? "3471", TIDEMARK_TOKEN: token, TIDEMARK_DEMO: "1" },
    ...{ TIDEMARK_SEALING: "1", TIDEMARK_TWO_PERSONS: "1" },
  },
  stdio: ["ignore", "pipe", "inherit"],
});
const gone = new Promise((resolve) => child.once("exit", resolve));
try {
  const link = await printedLink();
  const origin = new URL(link).origin;
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const context = await browser.newContext({
    ...{ locale: "en-US", timezoneId: "UTC", reducedMotion: "reduce", viewport: { width: 1440, height: 900 } },
  });
  const page = await context.newPage();
  await page.goto(link);
  console.log(`Letting the shop trade for ${TRADING_MS / 1000} s.`);
  await page.waitForTimeout(TRADING_MS);
  const { order, cause, person } = await setTheScene(origin);
  const darkroom = await context.newPage();
  fs.mkdirSync(target, { recursive: true });
  for (const { name, url } of wanted) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${origin}${url(order, cause, person)}`, { waitUntil: "load" });
    await page.locator("h1").first().waitFor();
    await settled(page);
    await develop(page, darkroom, `${name}-light`);
    await page.emulateMedia({ colorScheme: "dark" });
    await develop(page, darkroom, `${name}-dark`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 390, height: 844 });
    await settled(page);
    await develop(page, darkroom, `${name}-phone`);
    console.log(name);
  }
  await browser.close();
} finally {
  child.kill("SIGTERM");
  await gone;
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Waits until nothing is read and drawn any more: skeletons gone, charts there. */
async function settled(page) {
  await page.locator(".skeleton").first().waitFor({ state: "hidden", timeout: 10_000 });
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(400);
}

/** One picture, written as WebP, which the browser itself can do. */
async function develop(page, darkroom, name) {
  const png = (await page.screenshot()).toString("base64");
  const webp = await darkroom.evaluate(
    async ([data, quality]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", quality).split(",")[1];
    },
    [png, QUALITY],
  );
  fs.writeFileSync(path.join(target, `${name}.webp`), Buffer.from(webp, "base64"));
}

/** Brings about what the pages are for, then stops the traffic. Returns an order, a cause of dead letters and somebody to look at. */
async function setTheScene(origin) {
  const call = async (method, at, body) => {
    const answer = await fetch(`${origin}/api/v1/local${at}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const until = async (look) => {
    for (let tries = 0; tries < 120; tries++) {
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error("The scene did not come about within a minute.");
  };
  await call("POST", "/traffic/poison", { events: 3 });
  await call("POST", "/verify", {});
  await call("POST", "/channels", {
    ...{ name: "on-call", leastSeverity: "warning" },
    address: { kind: "slack", url: "https://hooks.example.org/services/T0/B0/hidden" },
  });
  await call("POST", "/views", { address: "/local/events?q=type%3APaymentRefunded", name: "Refunds" });
  await call("POST", "/exports", { filter: { type: "OrderPlaced" }, format: "csv", reason: "monthly figures" });
  await call("POST", "/projections/orders-per-day/pause", { reason: "schema change", ticket: "OPS-17" });
  await call("POST", "/projections/orders-per-day/resume", { reason: "done", ticket: "OPS-17" });
  const { group } = await until(async () => (await call("GET", "/dead-letters?by=cause")).groups[0]);
  await until(async () => (await call("GET", "/alerts?state=firing")).alerts.length > 0);
  await call("POST", "/traffic/stop", { reason: "pictures are taken" });
  // An order with something to see: paid, and sent on its way.
  const { events } = await call("GET", "/events?type=OrderShipped&limit=1");
  const placed = await call("GET", `/streams/${encodeURIComponent(events[0].stream)}/events?limit=50`);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  // Whoever ordered it asks to be forgotten.
  const asked = { subject: placed.events[0].data.customerId, reason: "their letter of 3 May", ticket: "DSR-412" };
  const { request } = await call("POST", "/shreds", asked);
  await until(async () => (await call("GET", `/shreds/${request.id}`)).previewHash);
  const person = { subject: request.subject, request: request.id };
  return { person, order: placed.events.find(({ type }) => type === "OrderPlaced") ?? events[0], cause: group };
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
