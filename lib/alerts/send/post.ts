import http from "node:http";
import https from "node:https";
import { allowedTarget, type RestrictedTarget } from "@/lib/alerts/send/allowed-target";
import { type Outcome, outcomeOfStatus, wordFor } from "@/lib/alerts/send/outcome";
import { TidemarkError } from "@/lib/kernel/errors";

/** A request to a receiver. Headers beside those of the body. */
export type Post = {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly allowed: readonly RestrictedTarget[];
};

const PATIENCE_MS = 10_000;

/**
 * Posts JSON once, to an address that may be reached, without following redirects; never throws. What the receiver says beyond
 * its status is thrown away: nobody is to read through us what only we can reach.
 */
export async function post({ url, body, headers = {}, allowed }: Post): Promise<Outcome> {
  const to = new URL(url);
  let target: Awaited<ReturnType<typeof allowedTarget>>;
  try {
    target = await allowedTarget(to.hostname, allowed);
  } catch (error) {
    const refused = error instanceof TidemarkError && error.code === "forbidden";
    return {
      kind: refused ? "refused" : "later",
      status: null,
      error: error instanceof TidemarkError ? error.message : wordFor(error),
    };
  }
  return new Promise((resolve) => {
    let connected = false;
    const request = (to.protocol === "https:" ? https : http).request(
      to,
      {
        method: "POST",
        agent: false,
        signal: AbortSignal.timeout(PATIENCE_MS),
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": "tidemark",
          ...headers,
        },
        lookup: (_host, options, found) => {
          if (options.all) found(null, [target]);
          else found(null, target.address, target.family);
        },
      },
      (response) => {
        resolve(outcomeOfStatus(response.statusCode ?? 0));
        response.destroy();
      },
    );
    request.on("socket", (socket) => {
      socket.once(to.protocol === "https:" ? "secureConnect" : "connect", () => {
        connected = true;
      });
    });
    // After the answer nothing is said any more: a promise is resolved once.
    request.on("error", (error) => {
      resolve({ kind: connected ? "unknown" : "later", status: null, error: wordFor(error) });
    });
    request.end(body);
  });
}
