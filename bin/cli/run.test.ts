import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { runLine } from "@/bin/testing/run-line";
import { type Received, type Reply, type Stub, startStub } from "@/bin/testing/stub-server";

const TOKEN = "tmk_0123456789abcdef";
const stubs: Stub[] = [];
afterEach(async () => {
  await Promise.all(stubs.splice(0).map((stub) => stub.close()));
});

async function stub(reply: (request: Received) => Reply | Promise<Reply>) {
  const server = await startStub(reply);
  stubs.push(server);
  return { server, environment: { url: server.url, token: TOKEN } };
}

const problem = (status: number, code: string, more: object = {}): Reply => ({
  status,
  json: { title: code, status, code, detail: `It is ${code}.`, requestId: "r-1", ...more },
});

test.each([
  [400, "invalid-request", 64],
  [401, "unauthenticated", 77],
  [403, "forbidden", 77],
  [404, "not-found", 65],
  [409, "version-conflict", 75],
  [413, "too-large", 65],
  [422, "payload-refused", 65],
  [422, "rejected", 65],
  [422, "idempotency-key-reused", 65],
  [500, "internal", 70],
  [503, "unavailable", 75],
  [504, "not-yet", 75],
])("an answer of %i %s ends with %i and says why", async (status, code, exit) => {
  const { environment } = await stub(() => problem(status, code));
  const ended = await runLine(["streams"], { environment });
  expect(ended).toMatchObject({ code: exit, out: "" });
  expect(ended.err).toContain(`It is ${code}.`);
  const asJson = await runLine(["streams", "--json"], { environment });
  expect(asJson.code).toBe(exit);
  expect(JSON.parse(asJson.err)).toMatchObject({ error: `It is ${code}.`, code, status, requestId: "r-1" });
});

test("nobody at the address ends with 69 and the next step", async () => {
  const { server, environment } = await stub(() => ({ json: {} }));
  await server.close();
  const ended = await runLine(["status"], { environment });
  expect(ended.code).toBe(69);
  expect(ended.err).toMatch(/does not answer \(ECONNREFUSED\)[\s\S]*npm start/);
});

test.each([
  [["nope"]],
  [["events", "--limit", "0"]],
  [["events", "--after", "x"]],
  [["events", "--after", "1", "--before", "2"]],
  [["stream"]],
  [["append", "a", "b", "{}", "--expected", "soon"]],
  [["projections", "p", "explode"]],
  [["traffic", "stop", "--rate", "1"]],
  [["import", "log.csv"]],
  [["import", "log.csv", "--map", "stream=a"]],
])("a wrong command line ends with 64 and asks nobody: %j", async (args) => {
  const { server, environment } = await stub(() => ({ json: {} }));
  const ended = await runLine(args, { environment });
  expect(ended.code).toBe(64);
  expect(ended.err).not.toBe("");
  expect(server.received).toEqual([]);
});

test("help is no error and needs no instance", async () => {
  const ended = await runLine(["--help"]);
  expect(ended).toMatchObject({ code: 0, err: "" });
  for (const name of ["status", "import", "events", "trace", "traffic", "sign-in"]) expect(ended.out).toContain(name);
});

test("the token of a data folder goes to that folder's instance and to nobody else", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tidemark-cli-"));
  try {
    const own = await stub(() => ({ json: { status: "ok" } }));
    const other = await stub(() => ({ json: { status: "ok" } }));
    writeFileSync(path.join(folder, "token"), `${TOKEN}\n`);
    const instance = path.join(folder, "instance.json");
    writeFileSync(instance, JSON.stringify({ pid: process.pid, url: own.server.url }));
    expect((await runLine(["status"], { environment: { dataDirectory: folder } })).code).toBe(0);
    expect(own.server.received[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    await runLine(["status"], { environment: { dataDirectory: folder, url: other.server.url } });
    expect(other.server.received[0]?.headers.authorization).toBeUndefined();

    writeFileSync(instance, JSON.stringify({ pid: process.pid }));
    expect((await runLine(["status"], { environment: { dataDirectory: folder } })).code).toBe(75);
    writeFileSync(instance, JSON.stringify({ pid: 2 ** 22 + 1, url: own.server.url }));
    expect((await runLine(["status"], { environment: { dataDirectory: folder } })).code).toBe(69);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what the server says cannot steer the terminal", async () => {
  const evil = { stream: "a\u001b[2J\u202eb", version: 1, bytes: 2, updatedAt: "2026-01-01T00:00:00.000000Z" };
  const { environment } = await stub(({ url }) =>
    url.includes("/streams?")
      ? { json: { streams: [evil], next: null } }
      : problem(404, "not-found", { detail: "no \u001b]0;x\u0007" }),
  );
  const listed = await runLine(["streams"], { environment });
  expect(listed.out).toContain("a\\u001b[2J\\u202eb");
  const refused = await runLine(["trace", "x"], { environment });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested.
  expect(listed.out + refused.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

test("an append sends the data as it was written, once, with its headers", async () => {
  const { server, environment } = await stub(() => ({
    status: 201,
    json: { fromVersion: 3, toVersion: 3, firstPosition: "9", lastPosition: "9", replayed: false },
  }));
  const args = ["append", "order/ü-1", "Paid", "-", "--expected", "2", "--key", "k-1", "--correlation", "c-1"];
  const ended = await runLine(args, { environment, input: '{ "amount": 1.50 }\n' });
  expect(ended).toEqual({ code: 0, out: "Stored: order/ü-1 is at version 3, position 9.\n", err: "" });
  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({
    method: "POST",
    url: "/api/v1/local/streams/order%2F%C3%BC-1/events",
    body: '{"expectedVersion":2,"events":[{"type":"Paid","schemaVersion":1,"data":{ "amount": 1.50 }}]}',
  });
  expect(server.received[0]?.headers).toMatchObject({ "idempotency-key": "k-1", "correlation-id": "c-1" });
});

test("data that would not survive is refused before it is sent", async () => {
  const { server, environment } = await stub(() => ({ json: {} }));
  const ended = await runLine(["append", "a-1", "Paid", '{"n":9007199254740993}'], { environment });
  expect(ended.code).toBe(65);
  expect(server.received).toEqual([]);
});
