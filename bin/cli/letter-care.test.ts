import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { runLine } from "@/bin/testing/run-line";
import { type Stub, startStub } from "@/bin/testing/stub-server";

let stub: Stub | undefined;
afterEach(() => stub?.close());

/** Runs a line against a server that has one answer for everything, and tells what it was asked. */
async function told(args: readonly string[], answer: unknown) {
  stub = await startStub(() => ({ json: answer }));
  const ran = await runLine(args, { environment: { url: stub.url, token: "t" } });
  const asked = stub.received.map(({ method, url, body }) => ({ method, url, body: body && JSON.parse(body) }));
  return { ...ran, asked };
}

const group = "0123456789ab";
const at = `/api/v1/local/dead-letters/groups/${group}`;

test("a cause is assigned, snoozed and woken by its name, and what holds then is said", async () => {
  const assigned = await told(["dead-letters", group, "assign", "--to", "bob"], {
    group,
    assignee: "bob",
    snoozed: null,
  });
  expect(assigned.asked).toEqual([{ method: "POST", url: `${at}/assign`, body: { assignee: "bob" } }]);
  expect(assigned.out).toBe(`${group}: not snoozed, assigned to bob.\n`);
  const until = "2026-12-01T09:00:00.000000Z";
  const snoozed = await told(["dead-letters", group, "snooze", "--until", until, "--reason", "known"], {
    ...{ group, assignee: null, snoozed: { until, by: "ann" } },
  });
  expect(snoozed.asked).toEqual([{ method: "POST", url: `${at}/snooze`, body: { until, reason: "known" } }]);
  expect(snoozed.out).toContain("by ann, assigned to nobody");
  const asleep = { group, assignee: null, snoozed: { until: "next-deploy", by: "ann" } };
  expect((await told(["dead-letters", group, "snooze", "--until", "next-deploy"], asleep)).out).toContain(
    "snoozed until the next deploy by ann",
  );
  expect((await told(["dead-letters", group, "wake"], { group, assignee: null, snoozed: null })).asked).toEqual([
    { method: "POST", url: `${at}/wake`, body: {} },
  ]);
});

test("to whom and until when must be said, or nothing is asked", async () => {
  expect((await told(["dead-letters", group, "assign"], {})).err).toContain("--to <name>");
  expect((await told(["dead-letters", group, "snooze"], {})).err).toContain("--until <time>");
  expect(stub?.received).toEqual([]);
});

test("a skip is looked at first, and its hash is sent with it", async () => {
  const seen = { letters: ["1", "2"], streams: 2, consumers: ["order-summary"], blocked: { count: 7, more: false } };
  const looked = await told(["dead-letters", group, "skip", "--preview"], { ...seen, hash: "a".repeat(64) });
  expect(looked.asked).toEqual([{ method: "GET", url: `${at}/skip`, body: "" }]);
  expect(looked.out).toContain(`--approved ${"a".repeat(64)}`);
  const line = ["dead-letters", group, "skip", "--reason", "r", "--confirm", group, "--approved", "a".repeat(64)];
  const done = { ordered: 2, retried: 0, skipped: 2, failed: 0, waiting: 0 };
  expect((await told(line, done)).asked[0]?.body).toEqual({
    ...{ reason: "r", confirm: group, approved: "a".repeat(64) },
  });
});

test("the stream of a letter is written as a fixture", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tidemark-letter-"));
  try {
    const file = path.join(folder, "kept.json");
    const fixture = { format: "tidemark-fixture/1", stream: "order-1", events: [{}, {}], readModels: { a: {} } };
    const { asked, out } = await told(["dead-letters", "DL-31", "fixture", "--out", file], fixture);
    expect(asked[0]?.url).toBe("/api/v1/local/dead-letters/DL-31/fixture");
    expect(out).toContain("2 events, the state and rows of 1 read models");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(fixture);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a whole process is told to pause where the name of an instance would stand", async () => {
  const { asked, out } = await told(["processes", "order-fulfilment", "pause", "--reason", "audit"], {
    ...{ state: "paused", observed: true },
  });
  expect(asked).toEqual([
    { method: "POST", url: "/api/v1/local/processes/order-fulfilment/pause", body: { reason: "audit" } },
  ]);
  expect(out).toBe("order-fulfilment is paused.\n");
});

test("an instance that is named like a word of the command is reached by its name", async () => {
  const page = { instance: { instance: "pause", status: "running", stage: "awaiting payment" } };
  const named = ["processes", "order-fulfilment", "--instance", "pause"];
  const shown = await told(named, { ...page, state: {}, inputs: [], commands: [], timers: [] });
  expect(shown.asked).toMatchObject([{ method: "GET", url: "/api/v1/local/processes/order-fulfilment/pause" }]);
  const { asked } = await told([...named, "nudge"], page);
  expect(asked).toMatchObject([{ method: "POST", url: "/api/v1/local/processes/order-fulfilment/pause/nudge" }]);
});
