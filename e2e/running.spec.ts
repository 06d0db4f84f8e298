import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import pg from "pg";
import { addressOf } from "@/lib/embedded/address-of";

// What `npm start` promises beside the pages, proven on an instance of its own: one per folder, back after kill -9 of
// its parts, everything down within 5 s. The tests build on each other.
test.describe.configure({ mode: "serial" });

const token = "tmk_only-for-this-instance";
const headers = { authorization: `Bearer ${token}` };
let directory: string;
let url: string;
let npm: ChildProcess;
let output = "";

test.beforeAll(async () => {
  test.setTimeout(120_000);
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-running-"));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  npm = start("npm", ["start"], port);
  await expect.poll(() => output, { timeout: 60_000 }).toContain("Sign in once");
});

test.afterAll(async () => {
  npm.kill("SIGTERM");
  await expect.poll(processes, { timeout: 10_000 }).toEqual([]);
  fs.rmSync(directory, { recursive: true, force: true });
});

test("a second start on the same folder is refused in words, with a link to the first", async () => {
  let words = "";
  const second = start("node", ["scripts/start.mjs"], await freePort(), (text) => {
    words += text;
  });
  const code = await new Promise((resolve) => second.once("close", resolve));
  expect(code).toBe(1);
  expect(words).toContain("Tidemark already runs on");
  expect(words).toContain(`at ${url}`);
  expect(words).toMatch(new RegExp(`To sign in there.*${url}`));
});

test("PostgreSQL killed with -9 is back by itself, with every event that was acknowledged", async ({ request }) => {
  const append = await request.post(`${url}/api/v1/local/streams/kept-1/events`, {
    headers,
    data: { expectedVersion: "none", events: [{ type: "Kept", data: { n: 1 } }] },
  });
  expect(append.status()).toBe(201);
  const pidFile = path.join(directory, "postgres", "data", "postmaster.pid");
  process.kill(Number(fs.readFileSync(pidFile, "utf8").split("\n")[0]), "SIGKILL");
  await expect.poll(() => output, { timeout: 15_000 }).toContain("is back");
  await expect
    .poll(async () => (await request.get(`${url}/api/v1/local/streams/kept-1/events`, { headers })).status(), {
      timeout: 15_000,
    })
    .toBe(200);
  const { events } = await (await request.get(`${url}/api/v1/local/streams/kept-1/events`, { headers })).json();
  expect(events).toMatchObject([{ type: "Kept", version: 1, data: { n: 1 } }]);
});

test("a worker and the console killed with -9 are running again soon after", async ({ request }) => {
  for (const name of ["worker.cjs", "next-server"]) {
    const before = processes().filter((line) => line.includes(name));
    expect(before.length, name).toBe(1);
    process.kill(Number(before[0]?.split(" ")[0]), "SIGKILL");
    await expect
      .poll(() => processes().filter((line) => line.includes(name) && line !== before[0]).length, { timeout: 10_000 })
      .toBe(1);
  }
  await expect
    .poll(async () => (await request.get(`${url}/api/v1/health`).catch(() => undefined))?.status(), { timeout: 20_000 })
    .toBe(200);
});

/** Lists that an empty store leaves empty, with what they say. */
const EMPTY = {
  "/runs": "No runs yet",
  "/snapshots": "No snapshots yet",
  "/alerts?view=resolved": "No alert has ended yet",
  "/dead-letters": "Nothing is parked",
  "/commands/log": "No command has been handled yet",
  "/settings/notifications": "Nobody is told of alerts yet",
} as const;
/** Pages that read the high-water mark. */
const READING = ["", "/events", "/projections", "/processes", "/runs", "/alerts", "/slos", "/commands/log"];

test("an empty list says so and how it begins; a page that cannot be read says so in its place, and comes back", async ({
  page,
  request,
}) => {
  const link = await request.post(`${url}/api/v1/sign-in-links`, { headers, data: {} });
  await page.goto((await link.json()).url);
  for (const [at, words] of Object.entries(EMPTY)) {
    await page.goto(`${url}/local${at}`);
    await expect(page.getByText(words), at).toBeVisible();
  }
  const database = new pg.Client({ connectionString: addressOf(path.join(directory, "postgres"), "tidemark") });
  await database.connect();
  await database.query("alter table tidemark.high_water rename to high_water_away");
  const fault = page.getByRole("heading", { name: "This page could not be read." });
  try {
    for (const at of READING) {
      await page.goto(`${url}/local${at}`);
      await expect(fault, at).toBeVisible();
      await expect(page.getByRole("navigation", { name: "Pages" }), at).toBeVisible();
    }
  } finally {
    await database.query("alter table tidemark.high_water_away rename to high_water");
    await database.end();
  }
  await page.getByRole("button", { name: /again/i }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Commands" })).toBeVisible();
});

test("a store that asks for care wants a reason before a grave act, by API and console alike, and says so on every page", async ({
  page,
  request,
}) => {
  const drop = (data: object) => request.post(`${url}/api/v1/local/streams/kept-1/snapshots/drop`, { headers, data });
  const refused = await drop({});
  expect(refused.status()).toBe(400);
  expect(await refused.json()).toMatchObject({ code: "invalid-request", issues: [{ path: "reason" }] });
  expect((await drop({ reason: "to see" })).status()).toBe(200);

  const link = await request.post(`${url}/api/v1/sign-in-links`, { headers, data: {} });
  await page.goto((await link.json()).url);
  await page.goto(`${url}/local/snapshots?sel=kept-1`);
  await page.getByRole("button", { name: "Drop…" }).click();
  await page.getByRole("button", { name: /^Drop the snapshots/ }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet).toBeVisible();
  await sheet.getByLabel("Reason", { exact: true }).fill("to see again");
  await page.getByRole("button", { name: /^Drop the snapshots/ }).click();
  await expect(sheet).toBeHidden();
  await page.getByRole("link", { name: "asks", exact: true }).click();
  await expect(page.getByText("This store asks for care", { exact: false })).toBeVisible();
});

test("SIGTERM to npm ends everything within 5 s, with live streams open", async () => {
  const topics = encodeURIComponent(JSON.stringify([{ topic: "events" }, { topic: "lag" }]));
  const streams = await Promise.all(
    ["live", `live/topics?topics=${topics}`].map((path) => fetch(`${url}/api/v1/local/${path}`, { headers })),
  );
  expect(streams.map(({ status }) => status)).toEqual([200, 200]);
  const started = performance.now();
  npm.kill("SIGTERM");
  await expect.poll(processes, { timeout: 5_000, intervals: [50] }).toEqual([]);
  expect(performance.now() - started).toBeLessThan(5_000);
  for (const { body } of streams) await body?.cancel().catch(() => {});
  expect(fs.existsSync(path.join(directory, "instance.json"))).toBe(false);
});

function start(
  command: string,
  args: readonly string[],
  port: number,
  onOutput?: (text: string) => void,
): ChildProcess {
  const settings = {
    PORT: String(port),
    TIDEMARK_DATA_DIR: directory,
    TIDEMARK_TOKEN: token,
    TIDEMARK_DEMO: "0",
    TIDEMARK_SAFETY: "ask",
  };
  const env = { ...process.env, ...settings } as Record<string, string | undefined>;
  for (const name of ["NODE_ENV", "DATABASE_URL", "npm_lifecycle_event"]) delete env[name];
  const child = spawn(command, args, {
    cwd: path.dirname(__dirname),
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const take =
    onOutput ??
    ((text: string) => {
      output += text;
    });
  child.stdout.on("data", (chunk: Buffer) => take(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => take(chunk.toString()));
  return child;
}

/** Every process of this instance, by the data folder in its command or environment: `pid command`. */
function processes(): string[] {
  return fs.readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      const environment = fs.readFileSync(`/proc/${pid}/environ`, "utf8");
      if (command === "" || !(command + environment).includes(directory)) return [];
      return command.startsWith("npm") || command.startsWith("sh ") ? [] : [`${pid} ${command}`];
    } catch {
      return [];
    }
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
