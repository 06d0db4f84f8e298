import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An object as it was put, with the headers it came with. */
type PutObject = { readonly body: string; readonly headers: http.IncomingHttpHeaders };

/** What Amazon S3 does with putting and getting small objects, on this machine. */
export type S3Stub = {
  readonly url: string;
  /** By `/bucket/key`. */
  readonly objects: Map<string, PutObject>;
  /** Puts in the order in which they came. */
  readonly puts: string[];
  /** Makes every call fail with this error of S3's; null: no more. `hang` never answers. */
  readonly behave: (mood: { readonly refusing: string; readonly status: number } | "hang" | null) => void;
  readonly close: () => Promise<void>;
};

/** Starts an empty one. It refuses what is not signed, and keeps to `If-None-Match`. */
export async function startS3Stub(): Promise<S3Stub> {
  const objects: S3Stub["objects"] = new Map();
  const puts: string[] = [];
  let mood: Parameters<S3Stub["behave"]>[0] = null;
  const server = http.createServer(async (request, response) => {
    const body = await text(request);
    const key = new URL(request.url ?? "/", "http://s3").pathname;
    const fail = (status: number, code: string) => {
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test wants it</Message></Error>`);
    };
    if (mood === "hang") return;
    if (mood !== null) return fail(mood.status, mood.refusing);
    if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")) return fail(403, "AccessDenied");
    if (request.method === "GET") {
      const found = objects.get(key);
      return found ? response.writeHead(200).end(found.body) : fail(404, "NoSuchKey");
    }
    puts.push(key);
    if (request.headers["if-none-match"] === "*" && objects.has(key)) return fail(412, "PreconditionFailed");
    objects.set(key, { body, headers: request.headers });
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ objects, puts },
    behave: (next) => {
      mood = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
