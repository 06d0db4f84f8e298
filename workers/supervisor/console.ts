import http from "node:http";
import { freePort, isPortFree } from "@/lib/embedded/free-port";
import { InvalidRequest } from "@/lib/kernel/errors";
import type { Config } from "@/lib/runtime/config";

/** The only address the console listens on. */
export const HOST = "127.0.0.1";

/**
 * The console's port: the configured one, or the next free one when that is taken and nobody asked for it by name.
 * Throws `InvalidRequest` when a port that was asked for is taken.
 */
export async function choosePort(config: Pick<Config, "port" | "portIsGiven">): Promise<number> {
  if (await isPortFree(config.port)) return config.port;
  if (config.portIsGiven) {
    throw new InvalidRequest(
      `Port ${config.port} is taken by another program. Set PORT to a free one, or leave it out.`,
    );
  }
  for (let port = config.port + 1; port <= config.port + 50; port++) {
    if (await isPortFree(port)) return port;
  }
  return freePort();
}

/** Resolves when `GET /api/v1/health` answers 200; rejects when `signal` is aborted first. */
export async function whenHealthy(url: string, signal: AbortSignal, stillWaiting: () => void): Promise<void> {
  const started = performance.now();
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    if ((await statusOf(`${url}/api/v1/health`)) === 200) return;
    if (!told && performance.now() - started > 15_000) {
      told = true;
      stillWaiting();
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The status a URL answers with; undefined when nobody answers within 2 s. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: 2_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
  });
}
