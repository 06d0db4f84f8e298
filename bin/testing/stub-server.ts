import http from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export type Received = {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
};

/** What the stub says: a JSON value with a status, or a function that takes the response over. */
export type Reply =
  | { readonly status?: number; readonly json: unknown }
  | { readonly takeOver: (response: http.ServerResponse) => void };

/** A server that answers as it is told and remembers what it was asked. */
export type Stub = { readonly url: string; readonly received: Received[]; readonly close: () => Promise<void> };

/** Starts one on a free port of this machine. */
export async function startStub(reply: (request: Received) => Reply | Promise<Reply>): Promise<Stub> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      const { method = "", url = "", headers } = request;
      const asked = { method, url, headers, body: Buffer.concat(parts).toString("utf8") };
      received.push(asked);
      const answer = await reply(asked);
      if ("takeOver" in answer) return answer.takeOver(response);
      response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
