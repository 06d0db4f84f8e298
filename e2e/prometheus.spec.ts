import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type APIRequestContext, expect, test } from "@playwright/test";
import { freePort } from "@/lib/embedded/free-port";
import { instance } from "./instance";
import { settle } from "./poison";
import { prometheus } from "./prometheus";

const headers = { authorization: `Bearer ${instance.token}` };
const api = (route: string) => `${instance.url}/api/v1/local${route}`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-prometheus-"));
let running: ChildProcess | undefined;
test.afterAll(async ({ request }) => {
  running?.kill("SIGKILL");
  fs.rmSync(folder, { recursive: true, force: true });
  await settle(request);
});

test("a real Prometheus scrapes with a token, takes the rules as they are served, and fires when events are parked", async ({
  request,
}) => {
  await settle(request);
  const rules = await (await request.get(api("/alerts/rules"), { headers })).text();
  // The wait before it fires is the one thing that is cut short.
  write("tidemark.rules.yml", rules.replaceAll(/for: \d+s/g, "for: 0s"));
  write("token", instance.token);
  write("prometheus.yml", configuration());
  const address = await start();

  const target = async () => (await ask(request, address, "/targets")).activeTargets[0];
  await expect.poll(async () => (await target())?.health, { timeout: 20_000 }).toBe("up");
  expect((await target())?.lastError).toBe("");
  expect(await firing(request, address)).not.toContain("dead-letters-parked");

  await request.post(api("/traffic/poison"), { headers, data: { events: 3 } });
  await expect.poll(() => firing(request, address), { timeout: 30_000 }).toContain("dead-letters-parked");
  const { alerts } = await ask(request, address, "/alerts");
  expect(alerts.find(({ labels }) => labels.rule === "dead-letters-parked")).toMatchObject({
    labels: { alertname: "TidemarkDeadLettersParked", consumer: "order-summary" },
    annotations: { runbook: "docs/runbooks/dead-letters-parked.md" },
  });

  await settle(request);
  await expect.poll(() => firing(request, address), { timeout: 20_000 }).not.toContain("dead-letters-parked");
  // Every figure that is told keeps to the format: a scrape with one that does not is refused whole.
  expect((await target())?.lastError).toBe("");
});

type Answers = {
  readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[];
  readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
};

async function ask(request: APIRequestContext, address: string, route: string): Promise<Answers> {
  return (await (await request.get(`${address}/api/v1${route}`)).json()).data;
}

async function firing(request: APIRequestContext, address: string): Promise<readonly (string | undefined)[]> {
  const { alerts } = await ask(request, address, "/alerts");
  return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.rule);
}

function write(name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
}

function configuration(): string {
  return `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [tidemark.rules.yml]
scrape_configs:
  - job_name: tidemark
    metrics_path: /api/metrics
    authorization: { credentials_file: token }
    static_configs: [{ targets: ["127.0.0.1:${instance.port}"] }]
`;
}

async function start(): Promise<string> {
  const listen = `127.0.0.1:${await freePort()}`;
  const flags = [
    "--config.file=prometheus.yml",
    "--storage.tsdb.path=data",
    `--web.listen-address=${listen}`,
    "--log.level=warn",
  ];
  running = spawn(prometheus, flags, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const address = `http://${listen}`;
  await expect
    .poll(async () => (await fetch(`${address}/-/ready`).catch(() => undefined))?.status, { timeout: 20_000 })
    .toBe(200);
  return address;
}
