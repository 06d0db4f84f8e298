import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { openPool } from "@/lib/db/pool";
import { freePort } from "@/lib/embedded/free-port";
import type { Answer, Goal, Line } from "../answer";
import { quantile, timed } from "../measure";
import { fillStore } from "../million";
import type { Setting } from "../setting";

const TOKEN = "tmk_only-for-the-benchmark";

/** How long do the calls behind the list pages take with a long log? Over HTTP, one after the other, warm. */
export async function askPages(setting: Setting): Promise<readonly Answer[]> {
  const events = setting.quick ? 20_000 : 1_000_000;
  const url = await setting.tidemarkDatabase("pages");
  const owner = openPool({ url, role: null, max: 2, applicationName: "bench-owner" });
  await fillStore(owner, events);
  const port = await freePort();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-bench-console-"));
  const api = `http://127.0.0.1:${port}/api/v1`;
  const console = startConsole(url, port, folder);
  try {
    await healthy(api);
    const ask = async (name: string, address: string): Promise<Line> => {
      const times = await timesOf(`${api}/local${address}`, setting.quick ? 10 : 200);
      const figure = { median: quantile(times, 0.95), low: quantile(times, 0.5), high: Math.max(...times) };
      return { name, figure, note: "from p50 to the slowest" };
    };
    // The console registered the projections just now: none has seen an event yet.
    const behind = [
      await ask("overview, everything behind", "/overview"),
      await ask("projections, everything behind", "/projections"),
    ];
    await owner.query("update consumer_partitions set checkpoint = $1", [events]);
    const lines: Line[] = [];
    for (const [name, address] of calls(events)) lines.push(await ask(name, address));
    return [
      {
        title: `API calls behind the list pages, ${events.toLocaleString("en")} events`,
        unit: "ms, p95",
        lines: [...lines, ...behind],
        goals: [
          slowest("list pages' API", events, lines),
          slowest("the same, no read model has begun", events, behind),
        ],
      },
    ];
  } finally {
    const gone = new Promise((resolve) => console.once("exit", resolve));
    console.kill("SIGTERM");
    await Promise.all([gone, owner.end()]);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function slowest(what: string, events: number, lines: readonly Line[]): Goal {
  const worst = lines.reduce((a, b) => (a.figure.median > b.figure.median ? a : b));
  return {
    question: `${what}, ${events.toLocaleString("en")} events, p95 of the slowest (${worst.name})`,
    reached: worst.figure.median,
    unit: "ms",
    must: 50,
    aim: 25,
    better: "lower",
  };
}

function calls(events: number): readonly (readonly [name: string, address: string])[] {
  const middle = Math.floor(events / 2);
  return [
    ["overview", "/overview"],
    ["events, newest", "/events?limit=50"],
    ["events, in the middle", `/events?limit=50&before=${middle}`],
    ["events of a common type", "/events?limit=50&type=ItemAdded"],
    ["events of a rare type", "/events?limit=50&type=OrderReturned"],
    ["events of a type that does not exist", "/events?limit=50&type=Nothing"],
    ["events of a category", "/events?limit=50&category=account"],
    ["events of a stream", "/events?limit=50&stream=order-00000042"],
    ["events of a correlation", `/events?limit=50&correlation=flow-${Math.floor(middle / 5)}`],
    ["events by actor and time", "/events?limit=50&actor=bench&from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z"],
    ["events by payload path", "/events?limit=50&type=OrderPlaced&data.totalCents=12341"],
    ["streams by name", "/streams?limit=50"],
    ["streams by activity", "/streams?limit=50&sort=activity"],
    ["streams by prefix", "/streams?limit=50&prefix=inventory-0000"],
    ["streams by part of the name", "/streams?limit=50&contains=4217"],
    ["a stream's events", "/streams/order-00000042/events?limit=50"],
    ["a trace", `/traces/flow-${Math.floor(middle / 5)}`],
    ["projections", "/projections"],
    ["histogram", "/histogram?from=2026-01-05T00:00:00Z&to=2026-01-06T00:00:00Z"],
  ];
}

function startConsole(url: string, port: number, folder: string): ChildProcess {
  const env = {
    ...process.env,
    DATABASE_URL: url,
    PORT: String(port),
    TIDEMARK_TOKEN: TOKEN,
    TIDEMARK_DATA_DIR: folder,
    TIDEMARK_DEMO: "0",
  };
  return spawn(process.execPath, ["scripts/start.mjs", "console"], { env, stdio: ["ignore", "ignore", "inherit"] });
}

async function healthy(api: string): Promise<void> {
  const deadline = performance.now() + 300_000;
  while (performance.now() < deadline) {
    const answer = await fetch(`${api}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("The console did not answer in five minutes.");
}

async function timesOf(address: string, count: number): Promise<readonly number[]> {
  const call = async () => {
    const answer = await fetch(address, { headers: { authorization: `Bearer ${TOKEN}` } });
    const body = await answer.text();
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${body.slice(0, 300)}`);
  };
  for (let i = 0; i < 5; i++) await call();
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(call));
  return times;
}
