import http from "node:http";
import type net from "node:net";

/** One request that arrived: from a webhook with the id of its notice, or as people read it, with the step that it tells of. */
export type Arrived =
  | { readonly kind: "webhook"; readonly id: string; readonly body: string }
  | { readonly kind: "slack"; readonly step: string };

/** Somebody outside of Tidemark who takes every notice and counts. */
export type NoticeReceiver = {
  readonly webhookUrl: string;
  readonly slackUrl: string;
  /** In the order in which they arrived. */
  readonly arrived: readonly Arrived[];
  readonly close: () => Promise<void>;
};

/** Listens on this machine, and counts before it answers: who asks and hears nothing may have been heard. */
export async function startNoticeReceiver(): Promise<NoticeReceiver> {
  const arrived: Arrived[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      const id = request.headers["webhook-id"];
      if (request.url === "/slack") arrived.push({ kind: "slack", step: stepIn(body) });
      else arrived.push({ kind: "webhook", id: String(id), body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    webhookUrl: `http://127.0.0.1:${port}/webhook`,
    slackUrl: `http://127.0.0.1:${port}/slack`,
    arrived,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Which alert a text for people is about and what it says of it: `12 firing`. */
function stepIn(body: string): string {
  const { text } = JSON.parse(body) as { text: string };
  const alert = /\/local\/alerts\/(\d+)/.exec(text)?.[1];
  const state = /\n(firing|resolved) \(/.exec(text)?.[1];
  return `${alert} ${state}`;
}
