import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { runLine } from "@/bin/testing/run-line";
import { type Stub, startStub } from "@/bin/testing/stub-server";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import { highWaterChannel } from "@/lib/event-store/high-water-channel";
import { newId } from "@/lib/kernel/ids";
import { executeRuns } from "@/lib/runs/run-executor";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const token = "a-token-for-the-command-line";
const stop = new AbortController();
const folder = mkdtempSync(path.join(tmpdir(), "tidemark-real-"));
let database: TestDatabase;
let server: Stub;
let agent: Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  process.env.TIDEMARK_DATA_DIR = path.join(folder, "data");
  await prepareStore({ url: database.url, schema: "tidemark" });
  const { pool } = await tidemark();
  const notifyChannel = highWaterChannel("tidemark");
  agent = runHighWaterAgent({ pool, owner: "test", signal: stop.signal, notifyChannel });
  const { open } = inProcessClient(undefined);
  server = await startStub(async ({ method, url, headers, body }) => {
    const answer = await open(method, url, {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      ...(body === "" ? {} : { body }),
    });
    return {
      takeOver: async (response) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        for await (const part of answer.body ?? []) response.write(part);
        response.end();
      },
    };
  });
});

afterAll(async () => {
  stop.abort();
  await server.close();
  await agent;
  await (await tidemark()).close();
  await database.close();
  rmSync(folder, { recursive: true });
});

const tell = (args: readonly string[], signal?: AbortSignal, onOutput?: (out: string) => void) =>
  runLine(args, {
    environment: { url: server.url, token },
    ...(signal ? { signal } : {}),
    ...(onOutput ? { onOutput } : {}),
  });

function logFile(name: string, lines: readonly object[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return file;
}

test("a log is imported, browsed by types that the code does not know, and imported again in vain", async () => {
  const run = newId();
  const lines = Array.from({ length: 2_000 }, (_, n) => ({
    ...{ specversion: "1.0", id: `${run}-${n}`, source: "test", type: "Seen", subject: `sight-${n % 300}` },
    ...{ correlationid: "seen-together", data: { n } },
  }));
  const file = logFile("log.jsonl", [...lines, { ...lines[0], subject: undefined }]);
  const first = await tell(["import", file, "--json"]);
  expect(first.code).toBe(65);
  expect(JSON.parse(first.out)).toMatchObject({ appended: 2_000, duplicates: 0 });
  expect(JSON.parse(first.out).refused).toMatchObject([{ line: 2_001, reason: "no-subject" }]);
  const again = await tell(["import", file, "--json"]);
  expect(JSON.parse(again.out)).toMatchObject({ appended: 0, duplicates: 2_000, firstPosition: null });

  const events = await eventually(async () => {
    const page = JSON.parse((await tell(["events", "--type", "Seen", "--limit", "3", "--json"])).out).events;
    return page.length === 3 && page[0].data.n === 1_999 && page;
  });
  expect(events.map((event: { data: object }) => event.data)).toEqual([{ n: 1_999 }, { n: 1_998 }, { n: 1_997 }]);
  const stream = await tell(["stream", "sight-7", "--json"]);
  expect(JSON.parse(stream.out).events.map(({ version }: { version: number }) => version)).toEqual([
    7, 6, 5, 4, 3, 2, 1,
  ]);
  expect((await tell(["streams", "--category", "sight", "--sort", "name", "--limit", "2"])).out).toMatch(
    /STREAM +VERSION[\s\S]*sight-0 +7[\s\S]*sight-1 +7/,
  );
  expect((await tell(["trace", "seen-together"])).out).toContain("Seen sight-0@1");
  expect((await tell(["traces", "--stream", "sight-7"])).out).toMatch(
    /TRACE +BEGAN WITH[\s\S]*seen-together +Seen +settled +≥ 30 /,
  );
  expect((await tell(["traces", "--state", "failed"])).out).toBe("No trace matches.\n");
  expect((await tell(["traces", "--state", "gone"])).code).toBe(64);
});

test("a log is exported into a file that is whole or not there, searched by name, and kept as a view", async () => {
  const { pool, runKinds } = await tidemark();
  const ending = new AbortController();
  const log = createLogger("worker", { level: "fatal" });
  const worker = executeRuns({ pool, kinds: runKinds, worker: "w", signal: ending.signal, log });
  const out = path.join(folder, "seen.jsonl");
  const narrowed = "--type Seen --stream-part ght-7 --data n=7".split(" ");
  const told = await tell(["export", ...narrowed, "--out", out, "--json"]);
  expect(told.code, told.err).toBe(0);
  expect(JSON.parse(told.out)).toMatchObject({ events: 1, path: out, masked: true });
  // All of it, with acts of operators in it, comes back without a refusal; asked for by name, those are in the file.
  const all = path.join(folder, "all.jsonl");
  expect((await tell(["export", "--out", all])).code).toBe(0);
  expect(readFileSync(all, "utf8")).not.toContain("operations-audit");
  const back = await tell(["import", all, "--strict", "--json"]);
  expect([back.code, JSON.parse(back.out)], back.err).toMatchObject([0, { appended: 0, refusedCount: 0 }]);
  const acts = path.join(folder, "acts.jsonl");
  expect((await tell(["export", "--category", "operations", "--out", acts])).code).toBe(0);
  expect(readFileSync(acts, "utf8")).toContain('"subject":"operations-audit"');
  ending.abort();
  await worker;
  const [line = "", end] = readFileSync(out, "utf8").split("\n");
  expect(JSON.parse(line)).toMatchObject({ subject: "sight-7", type: "Seen", data: { n: 7 } });
  expect(end).toBe("");
  expect((await tell(["exports"])).out).toMatch(/RUN +FILE[\s\S]*export-\d+\.jsonl +succeeded +1 /);
  expect((await tell(["search", "sight-299"])).out).toMatch(/stream +sight-299 +exact/);
  const saved = await tell(["views", "save", "seen", "/local/events?q=type:Seen", "--json"]);
  expect(JSON.parse(saved.out).view).toMatchObject({ name: "seen", query: "q=type%3ASeen" });
  expect((await tell(["views", "save", "out", "https://evil.example/"])).code).toBe(64);
  expect((await tell(["views", "delete", JSON.parse(saved.out).view.id])).out).toContain("is deleted");
});

test("an import is a run: it is stopped, goes on where it was, and ends with the totals of both sittings", async () => {
  const name = newId();
  const lines = Array.from({ length: 3_000 }, (_, n) => ({
    ...{ specversion: "1.0", id: `${name}-${n}`, source: "test", type: "Passed", subject: `gate-${n % 100}` },
    data: { n },
  }));
  const file = logFile(`${name}.jsonl`, [{ specversion: "1.0" }, ...lines]);
  const stop = new AbortController();
  const sent = server.received.length;
  const stopping = setInterval(() => {
    if (server.received.slice(sent).some(({ url }) => url.includes("/import?"))) stop.abort();
  }, 1);
  const first = await tell(["import", file, "--reason", "to see", "--json"], stop.signal);
  clearInterval(stopping);
  expect(first.code).toBe(130);
  const { run, lastLine } = JSON.parse(first.out);
  expect(lastLine).toBeLessThan(3_001);
  const waits = await tell(["runs", run]);
  expect(waits.err).toBe("");
  expect(waits.out).toMatch(
    /import of .*jsonl[\s\S]*State +waiting[\s\S]*By +service: to see[\s\S]*waits for the rest/,
  );
  const second = await tell(["import", file, "--json"]);
  expect(JSON.parse(second.out)).toMatchObject({
    ...{ run, appended: 3_001 - lastLine, duplicates: lastLine - 1, refusedCount: 1, lastLine: 3_001 },
    refused: [{ line: 1, reason: "no-id" }],
  });
  const shown = JSON.parse((await tell(["runs", run, "--json"])).out);
  expect(shown).toMatchObject({ state: "succeeded", done: 3_001, total: 3_001, problems: 1 });
  expect(shown.result).toMatchObject({ lines: 3_001, appended: 3_000, duplicates: 0, refused: 1 });
});

test("an event is appended once, and a stale expectation is refused with 75", async () => {
  const append = ["append", "note-1", "Noted", '{"a": 1.0}', "--expected", "none"];
  expect((await tell([...append, "--key", "k"])).out).toMatch(/^Stored: note-1 is at version 1, position \d+\.$/m);
  expect((await tell([...append, "--key", "k"])).out).toMatch(/^Stored before, under the same key: note-1/);
  const stale = await tell([...append, "--json"]);
  expect(stale.code).toBe(75);
  expect(JSON.parse(stale.err)).toMatchObject({ code: "version-conflict", expected: "none", actual: 1 });
});

test("a command is run, its state read at a version, and a decision's no ends with 65", async () => {
  const input = JSON.stringify({ customerId: "c-1", name: "Ada", email: "ada@example.org" });
  const opened = await tell(["command", "order", "cli-1", "OpenCart", input]);
  expect(opened.out).toMatch(/^CartOpened: order-cli-1 is at version 1\.\nSee it with `tidemark trace /);
  const shown = await tell(["stream", "order-cli-1", "--version", "1"]);
  expect(shown.out).toMatch(/State of order-cli-1 at version 1[\s\S]*"customerId": "c-1"/);
  const other = input.replace("c-1", "c-2");
  const refused = await tell(["command", "order", "cli-1", "OpenCart", other, "--json"]);
  expect(refused.code).toBe(65);
  expect(JSON.parse(refused.err)).toMatchObject({ code: "rejected", rejection: "order.cart-taken", version: 1 });
});

test("the log is followed from where it stands, across filters", async () => {
  const enough = new AbortController();
  const following = tell(["events", "--follow", "--category", "tail", "--json"], enough.signal, (out) => {
    if (out.split("\n").length > 3) enough.abort();
  });
  await eventually(() => server.received.some(({ url }) => url.includes("/live")));
  for (const n of [1, 2, 3]) {
    await tell(["append", "tail-1", "Grew", JSON.stringify({ n })]);
    await tell(["append", "other-1", "Grew", "{}"]);
  }
  const { code, out } = await following;
  expect(code).toBe(0);
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).data.n),
  ).toEqual([1, 2, 3]);
});

test("status, projections, traffic, catalog, metrics and sign-in have words and JSON", async () => {
  for (const name of ["status", "projections", "traffic", "catalog", "metrics", "sign-in"]) {
    const words = await tell([name]);
    expect([name, words.code, words.out.length > 10]).toEqual([name, 0, true]);
    const json = await tell([name, "--json"]);
    expect([name, json.code, typeof JSON.parse(json.out)]).toEqual([name, 0, "object"]);
  }
  expect((await tell(["traffic", "stop"])).out).toContain("Traffic is stopped.");
  expect((await tell(["projections", "order-summary", "pause", "--reason", "test"])).code).toBe(0);
  expect((await tell(["projections", "order-summary"])).out).toMatch(/State +paused/);
});

test("runs are begun, listed, shown and told to stop from the command line", async () => {
  const begun = await tell(["verify", "--reason", "a doubt", "--ticket", "INC-7"]);
  const id = /Run (\d+) begins/.exec(begun.out)?.[1] ?? "";
  expect(id).not.toBe("");
  const listed = await tell(["runs", "--state", "live"]);
  expect(listed.out).toMatch(new RegExp(`${id} +verify-log +waiting .*INC-7 a doubt`));
  expect((await tell(["runs", id])).out).toContain("asked for by service: a doubt");
  expect((await tell(["runs", id, "pause"])).out).toBe(`Run ${id} is paused.\n`);
  expect((await tell(["runs", id, "cancel"])).out).toBe(`Run ${id} is cancelled.\n`);
  const followed = await tell(["runs", id, "--follow"]);
  expect([followed.code, followed.out]).toEqual([65, expect.stringContaining(`Run ${id} cancelled.`)]);
  expect((await tell(["runs", id, "resume"])).code).toBe(75);
  expect((await tell(["runs", id, "explode"])).code).toBe(64);
});

test("a rebuild is planned, begun, and refused where it cannot be, from the command line", async () => {
  const planned = await tell(["projections", "order-summary", "plan"]);
  expect(planned.out).toMatch(
    /Replays +\d+ events: CartOpened[\s\S]*Builds +version 1; version 1 serves[\s\S]*Dry run/,
  );
  const begun = await tell(["projections", "order-summary", "rebuild", "--promote", "when-equal", "--ticket", "INC-8"]);
  const id = /Run (\d+) begins/.exec(begun.out)?.[1] ?? "";
  expect((await tell(["runs", id])).out).toContain("rebuild of order-summary");
  expect((await tell(["projections", "order-summary", "rebuild"])).code).toBe(75);
  expect((await tell(["projections", "order-summary", "promote"])).err).toContain("has not begun yet");
  expect((await tell(["projections", "order-summary", "retire"])).code).toBe(64);
  expect((await tell(["projections", "order-summary", "retire", "--generation", "1"])).code).toBe(75);
  expect((await tell(["projections", "order-summary", "differences", "--generation", "1"])).code).toBe(65);
  expect((await tell(["runs", id, "cancel"])).out).toBe(`Run ${id} is cancelled.\n`);
});

test("the states of two streams are compared, or what happened between them, with a missing one named", async () => {
  for (const n of [1, 2]) {
    const input = JSON.stringify({ customerId: `c-${n}`, name: "Ada", email: "x@example.org" });
    expect((await tell(["command", "order", `pair-${n}`, "OpenCart", input])).code).toBe(0);
  }
  const states = await tell(["compare", "order-pair-1", "order-pair-2"]);
  expect([states.code, states.out]).toEqual([
    0,
    expect.stringMatching(/^order-pair-1 at version 1 → order-pair-2 at version 1\n~ customerId: "c-1" → "c-2"/),
  ]);
  const events = await eventually(async () => {
    const shown = await tell(["compare", "order-pair-1", "order-pair-2", "nobody-1", "--events"]);
    return /order-pair-2[\s\S]*order-pair-1/.test(shown.out) && shown;
  });
  expect(events.err).toContain("There is no stream nobody-1.");
  expect((await tell(["compare", "order-pair-1"])).code).toBe(64);
  expect((await tell(["compare", "order-pair-1", "sight-1"])).err).toContain("Compare its events with --events.");
});

test("a stream is kept as a fixture and replayed; one that reads otherwise ends with 65", async () => {
  const customer = { customerId: "c-77", name: "Ada Byron", email: "ada@example.org" };
  await tell(["command", "order", "fixture-1", "OpenCart", JSON.stringify(customer)]);
  const file = path.join(folder, "kept.json");
  const kept = await tell(["fixture", "capture", "order-fixture-1", "--out", file, "--json"]);
  expect(JSON.parse(kept.out)).toMatchObject({ file, events: 1 });
  const text = readFileSync(file, "utf8");
  expect(text).not.toMatch(/Ada|example\.org|c-77/);
  const same = await tell(["fixture", "verify", file]);
  expect([same.code, same.out]).toEqual([0, expect.stringContaining("same")]);
  writeFileSync(file, text.replace('"status": "cart"', '"status": "lost"'));
  const other = await tell(["fixture", "verify", file]);
  expect([other.code, other.out]).toEqual([65, expect.stringContaining('"lost" → "cart"')]);
  expect((await tell(["fixture", "verify", path.join(folder, "missing.json")])).code).toBe(66);
});

test("the schema command lists types, one type, and one version's form", async () => {
  expect((await tell(["schema"])).out).toContain("OrderPaid");
  expect((await tell(["schema", "OrderPaid"])).out).toContain("PaymentAuthorised v1 + PaymentCaptured v1");
  expect((await tell(["schema", "ItemAdded", "v2"])).out).toContain('"unitCents"');
});
