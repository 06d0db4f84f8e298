import http from "node:http";
import type { AddressInfo } from "node:net";
import { instance } from "./instance";

/** A way to the Tidemark of this run that only one test goes, and that counts what that test holds open. */
export type CountingProxy = {
  readonly url: string;
  /** Live streams that are open now: a browser does not tell how those of a closed tab ended. */
  readonly streams: () => number;
  readonly close: () => Promise<void>;
};

/** Opens one on a free port. */
export async function openCountingProxy(): Promise<CountingProxy> {
  let streams = 0;
  const server = http.createServer((asked, answered) => {
    const { method = "GET", url: path = "/", headers } = asked;
    const onward = http.request({ host: "127.0.0.1", port: instance.port, method, path, headers }, (answer) => {
      answered.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(answered);
      if (!answer.headers["content-type"]?.startsWith("text/event-stream")) return;
      streams += 1;
      answered.once("close", () => {
        streams -= 1;
      });
    });
    onward.on("error", () => answered.destroy());
    answered.once("close", () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams: () => streams,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
