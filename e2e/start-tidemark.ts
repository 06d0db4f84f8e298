import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { request } from "@playwright/test";
import { instance } from "./instance";

const START_DEADLINE_MS = 300_000;
const STOP_DEADLINE_MS = 5_000;

/**
 * Starts Tidemark as a newcomer does, follows the printed one-time link, and keeps the session for the tests. Returns
 * how to stop it, which fails when that takes longer than the 5 s that are promised.
 */
export default async function startTidemark(): Promise<() => Promise<void>> {
  fs.rmSync(instance.dataDirectory, { recursive: true, force: true });
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: path.dirname(__dirname),
    env: environment({
      PORT: String(instance.port),
      TIDEMARK_DATA_DIR: instance.dataDirectory,
      TIDEMARK_TOKEN: instance.token,
      TIDEMARK_DEMO: "1",
      TIDEMARK_WORKERS: "1",
      TIDEMARK_TWO_PERSONS: "1",
      TIDEMARK_TRACE_URL: "https://jaeger.example/trace/{traceId}",
    }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const link = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error("Tidemark printed no sign-in link in 5 minutes.")),
      START_DEADLINE_MS,
    );
    void gone.then((code) => reject(new Error(`Tidemark ended with code ${code} before it was ready.`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      process.stdout.write(`[tidemark] ${line}\n`);
      const found = /Sign in once.*(http:\S+)/.exec(line)?.[1];
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  const browser = await request.newContext({ baseURL: instance.url });
  const answer = await browser.get(link);
  // Tests of the door try it again: it must not open twice.
  process.env.TIDEMARK_E2E_LINK = link;
  if (!answer.ok()) throw new Error(`The sign-in link answered ${answer.status()}.`);
  await browser.storageState({ path: instance.storageState });
  await browser.dispose();

  return async () => {
    const started = performance.now();
    child.kill("SIGTERM");
    const code = await gone;
    const took = performance.now() - started;
    fs.rmSync(instance.dataDirectory, { recursive: true, force: true });
    if (code !== 0 || took > STOP_DEADLINE_MS) {
      throw new Error(`Tidemark ended with code ${code} after ${took.toFixed(0)} ms; 0 within 5,000 ms is promised.`);
    }
  };
}

/** Ours without what the test run itself was started with. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = { ...process.env, ...extra } as Record<string, string | undefined>;
  for (const name of ["NODE_ENV", "DATABASE_URL", "npm_lifecycle_event"]) delete inherited[name];
  return inherited as NodeJS.ProcessEnv;
}
