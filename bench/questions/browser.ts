import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import type { Answer, Line } from "../answer";
import { quantile, spreadOf } from "../measure";
import { pressAround, pressesAnswer, type Wait, watchPresses } from "../presses";
import type { Setting } from "../setting";
import { openSizedStore, type SizedStore, TOKEN } from "../sized-store";

/** Pages by name, and how to know that the first useful row is there. */
const pages: readonly (readonly [name: string, path: string, row: string, list: boolean])[] = [
  ["overview", "?live=off", "main section li, main dd", true],
  ["event log", "/events?live=off", "main [data-row]", true],
  ["event log of a rare type", "/events?live=off&q=type%3AOrderReturned", "main [data-row]", true],
  ["an event", "/log/4321", "main pre, main [role=tree], main dl", false],
  ["streams", "/streams", "main [data-row]", true],
  ["a stream", "/streams/order-00000042?live=off", "main [data-row]", false],
  ["traces", "/traces", "main [data-row]", true],
  ["a trace", "/traces/flow-4321", "main h1", false],
  ["projections", "/projections?live=off", "main [data-row]", true],
  ["a projection", "/projections/order-summary?live=off", "main h1", false],
  ["dead letters", "/dead-letters?live=off", "main h1", true],
  ["runs", "/runs?live=off", "main h1", true],
  ["alerts", "/alerts?live=off", "main h1", true],
  ["schema", "/schema", "main [data-row]", true],
  ["search", "/search?q=order-00000042", "main [data-row]", true],
];

/** What is appended while a page tails, events a second, and how many go into one request. */
const TAILED = 200;
const TOGETHER = 20;

/**
 * What does an operator feel? In Chromium, on a long log: when the first useful row stands, how much JavaScript a first
 * load brings, how long a press waits while the page tails with a processor four times slower, and what tailing costs in
 * memory.
 */
export async function askBrowser(setting: Setting): Promise<readonly Answer[]> {
  const store = await openSizedStore(setting, setting.events ?? (setting.quick ? 20_000 : 1_000_000));
  const { findChromium } = await import("../../scripts/chromium.mjs");
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ["--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc"],
  });
  try {
    await store.owner.query("update consumer_partitions set checkpoint = $1", [store.events]);
    const context = await signedIn(browser, store);
    const rows = await firstRows(context, store, setting.quick ? 2 : 7);
    const script = await firstLoads(browser, context, store);
    store.startWorker();
    const tailing = await tail(context, store, setting.minutes ? setting.minutes * 60 : setting.quick ? 10 : 120);
    return [rows, script, ...tailing];
  } finally {
    await browser.close();
    await store.close();
  }
}

async function signedIn(browser: Browser, store: SizedStore): Promise<BrowserContext> {
  const context = await newContext(browser);
  const answer = await fetch(`${store.url}/api/v1/sign-in-links`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: "{}",
  });
  const { url } = (await answer.json()) as { url: string };
  await context.request.get(url);
  return context;
}

// A POSIX locale of the machine is no language tag, and the page would not come to life.
function newContext(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US", timezoneId: "UTC" });
}

/** Run in the page as it stands here: when what the address names after its # is on the screen. */
const FIRST_ROW = `(function look() {
  const selector = decodeURIComponent(location.hash.slice(1));
  if (selector === "" || !document.querySelector(selector)) return void requestAnimationFrame(look);
  requestAnimationFrame(() => setTimeout(() => { window.firstRowMs = performance.now(); }));
})()`;

/** From the press on the address bar to the frame that shows a row; what is cached is cached. */
async function firstRows(context: BrowserContext, store: SizedStore, rounds: number): Promise<Answer> {
  const page = await context.newPage();
  await page.addInitScript({ content: FIRST_ROW });
  const taken = new Map<string, number[]>(pages.map(([name]) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, path, row] of pages) {
      await page.goto("about:blank");
      await page.goto(`${store.url}/local${path}#${encodeURIComponent(row)}`, { waitUntil: "commit" });
      const ms = await page
        .waitForFunction(() => (window as { firstRowMs?: number }).firstRowMs, undefined, { polling: 50 })
        .catch(() => {
          throw new Error(`The page ${name} shows no ${row}.`);
        });
      if (round >= 0) taken.get(name)?.push((await ms.jsonValue()) ?? Number.NaN);
    }
  }
  await page.close();
  const lines = [...taken].map(([name, values]) => ({
    name,
    figure: { ...spreadOf(values), median: quantile(values, 0.75) },
  }));
  return {
    title: `First useful row in Chromium, warm, ${store.events.toLocaleString("en")} events`,
    unit: "ms, p75",
    lines,
    goals: [goalOfWorst("first useful row, p75 of the slowest page", lines, "ms", 700)],
  };
}

/** JavaScript that a page loads with nothing in the cache, as it came over the wire, until its load event. */
async function firstLoads(browser: Browser, signedInContext: BrowserContext, store: SizedStore): Promise<Answer> {
  const lines: Line[] = [];
  const state = await signedInContext.storageState();
  for (const [name, path, , list] of pages) {
    const context = await browser.newContext({
      storageState: state,
      locale: "en-US",
      viewport: { width: 1440, height: 900 },
    });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    const scripts = new Map<string, number>();
    await session.send("Network.enable");
    session.on("Network.responseReceived", ({ requestId, type }) => type === "Script" && scripts.set(requestId, 0));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) scripts.set(requestId, encodedDataLength);
    });
    await page.goto(`${store.url}/local${path}`, { waitUntil: "load" });
    const kilobytes = [...scripts.values()].reduce((sum, bytes) => sum + bytes, 0) / 1000;
    lines.push({
      name: list ? name : `${name} (no list)`,
      figure: spreadOf([kilobytes]),
      note: `${scripts.size} files`,
    });
    await context.close();
  }
  return {
    title: "JavaScript on first load, gzipped",
    unit: "kB",
    lines,
    goals: [
      goalOfWorst(
        "JavaScript on first load, gzipped, of the list page with the most",
        lines.filter(({ name }) => !name.includes("(no list)")),
        "kB",
        190,
      ),
    ],
  };
}

function goalOfWorst(question: string, lines: readonly Line[], unit: string, must: number) {
  const worst = lines.reduce((a, b) => (a.figure.median > b.figure.median ? a : b));
  return {
    question: `${question} (${worst.name})`,
    reached: worst.figure.median,
    unit,
    must,
    aim: null,
    better: "lower" as const,
  };
}

/** Follows the log while it grows: presses with a slow processor first, then `seconds` of nothing but tailing. */
async function tail(context: BrowserContext, store: SizedStore, seconds: number): Promise<readonly Answer[]> {
  const page = await context.newPage();
  await page.addInitScript(watchPresses);
  const session = await context.newCDPSession(page);
  const stop = new AbortController();
  const appending = keepAppending(store, stop.signal);
  try {
    await page.goto(`${store.url}/local/events?live=follow`);
    await page.getByText("Live", { exact: true }).waitFor({ timeout: 60_000 });
    await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    await pressAround(page, 40);
    const waits = await page.evaluate(() => (window as unknown as { waits: Wait[] }).waits);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    const memory = await tailForLong(page, session, store, seconds);
    return [pressesAnswer(waits, TAILED), memory];
  } finally {
    stop.abort();
    await appending;
    await page.close();
  }
}

async function keepAppending(store: SizedStore, signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  for (let n = 0; !signal.aborted; n++) {
    const events = Array.from({ length: TOGETHER }, (_, i) => ({
      type: "ItemAdded",
      // As the domain takes it, with a long title: what no projection could apply would be parked, and told of meanwhile.
      data: { sku: `SKU-${i}`, title: "Enamel mug, 350 ml. ".repeat(10), quantity: 1, unitCents: 1250 },
    }));
    await fetch(`${store.api}/streams/order-tailed-${n % 100}/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ expectedVersion: "any", events }),
    }).catch(() => undefined);
    const due = begun + ((n + 1) * TOGETHER * 1_000) / TAILED;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
}

type Session = Awaited<ReturnType<BrowserContext["newCDPSession"]>>;

async function tailForLong(page: Page, session: Session, store: SizedStore, seconds: number): Promise<Answer> {
  await page.goto(`${store.url}/local/events?live=follow`);
  await page.getByText("Live", { exact: true }).waitFor();
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return usedSize / 2 ** 20;
  };
  const [tab, server]: [number[], number[]] = [[], []];
  for (let n = 0; n <= 10; n++) {
    await page.waitForTimeout((seconds * 1_000) / 11);
    tab.push(await heap());
    server.push(store.consoleMemory());
  }
  const line = (name: string, values: readonly number[]): Line => ({
    name,
    figure: spreadOf(values),
    note: `${values[0]?.toFixed(0)} after a first ${Math.round(seconds / 11)} s, ${values.at(-1)?.toFixed(0)} at the end`,
  });
  return {
    title: `Memory while ${TAILED} events a second are followed for ${seconds} s`,
    unit: "MiB",
    lines: [line("the tab's heap, collected", tab), line("the console's process, anonymous memory", server)],
    goals: [
      {
        question: "the tab's heap at the end of tailing against its beginning",
        reached: (tab.at(-1) ?? Number.NaN) / (tab[1] ?? Number.NaN),
        unit: "×",
        must: 1.5,
        aim: 1.1,
        better: "lower",
      },
      {
        question: "the console's memory while tailing",
        reached: Math.max(...server),
        unit: "MiB",
        must: 350,
        aim: 200,
        better: "lower",
      },
    ],
  };
}
