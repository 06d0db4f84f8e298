import type http from "node:http";
import { afterEach, expect, test } from "vitest";
import { runLine } from "@/bin/testing/run-line";
import { type Stub, startStub } from "@/bin/testing/stub-server";

let stub: Stub | undefined;
afterEach(() => stub?.close());

function frame(position: number, more: object = {}): string {
  const event = { position: `${position}`, type: "Paid", stream: "order-1", version: position, correlationId: "c" };
  const json = JSON.stringify({ ...event, recordedAt: "2026-01-01T00:00:00.000000Z", data: { a: 1 }, ...more });
  // A payload may hold line breaks between its tokens; the frame then has several data lines.
  const text = json.replace('{"a":1}', '{\n"a":1}');
  return `event: event\nid: ${position}\n${text
    .split("\n")
    .map((line) => `data: ${line}`)
    .join("\n")}\n\n`;
}

/** Serves the log's mark, then each connection in its turn; the last script is repeated. */
async function live(scripts: ((response: http.ServerResponse) => void)[]) {
  let turn = 0;
  stub = await startStub(({ url }) => {
    if (!url.includes("/live")) return { json: { events: [], next: null, highWater: "4" } };
    const script = scripts[Math.min(turn++, scripts.length - 1)];
    return {
      takeOver: (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        script?.(response);
      },
    };
  });
  return stub;
}

test("a connection that breaks is taken up where it broke: every event once, in order", async () => {
  const server = await live([
    (response) => {
      response.write(`: beat\n\n${frame(5)}${frame(6).slice(0, 20)}`);
      setImmediate(() => response.destroy());
    },
    (response) => response.end(`${frame(6)}${frame(7)}`),
    (response) => response.write(frame(8)),
  ]);
  const stop = new AbortController();
  const ended = await runLine(["events", "--follow", "--json", "--type", "Paid"], {
    environment: { url: server.url },
    signal: stop.signal,
    onOutput: (out) => out.includes('"8"') && stop.abort(),
  });
  expect(ended.code).toBe(0);
  const lines = ended.out.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).position)).toEqual(["5", "6", "7", "8"]);
  expect(ended.err).toContain("The connection was lost after position 5; trying again.\nConnected again.");
  const connections = server.received.filter(({ url }) => url.includes("/live"));
  expect(connections.map(({ headers }) => headers["last-event-id"])).toEqual(["4", "5", "7"]);
  expect(connections.every(({ url }) => url.includes("type=Paid"))).toBe(true);
});

test("a frame may arrive in parts of any size, with any line break", async () => {
  const text = `${frame(5).replaceAll("\n", "\r\n")}${frame(6)}`;
  const server = await live([
    (response) => {
      const parts = [...text];
      const next = () => {
        const part = parts.splice(0, 3).join("");
        if (part !== "") response.write(part, () => setImmediate(next));
      };
      next();
    },
  ]);
  const stop = new AbortController();
  const ended = await runLine(["events", "-f", "--after", "4"], {
    environment: { url: server.url },
    signal: stop.signal,
    onOutput: (out) => out.includes("order-1@6") && stop.abort(),
  });
  expect(ended.out.trim().split("\n")).toHaveLength(2);
  expect(server.received.map(({ url }) => url)).toEqual(["/api/v1/local/live?after=4"]);
});

test("correlations are told apart on this side, for the server follows types, categories and streams", async () => {
  const server = await live([
    (response) => response.write(frame(5, { correlationId: "other" }) + frame(6, { correlationId: "mine" })),
  ]);
  const stop = new AbortController();
  const ended = await runLine(["events", "-f", "--correlation", "mine"], {
    environment: { url: server.url },
    signal: stop.signal,
    onOutput: () => stop.abort(),
  });
  expect(ended.out).toContain("order-1@6");
  expect(ended.out).not.toContain("order-1@5");
});

test("a refused request is not repeated", async () => {
  let asked = 0;
  stub = await startStub(({ url }) => {
    if (!url.includes("/live")) return { json: { events: [], next: null, highWater: "4" } };
    asked += 1;
    return { status: 403, json: { code: "forbidden", detail: "No." } };
  });
  const ended = await runLine(["events", "--follow"], { environment: { url: stub.url } });
  expect(ended.code).toBe(77);
  expect(asked).toBe(1);
});
