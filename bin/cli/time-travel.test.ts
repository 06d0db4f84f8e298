import { afterEach, expect, test } from "vitest";
import { runLine } from "@/bin/testing/run-line";
import { type Stub, startStub } from "@/bin/testing/stub-server";

let stub: Stub | undefined;
afterEach(() => stub?.close());

/** Runs a line against a server that has one answer for everything, and tells what it was asked. */
async function told(args: readonly string[], answer: unknown) {
  stub = await startStub(() => ({ json: answer }));
  const ran = await runLine(args, { environment: { url: stub.url, token: "t" } });
  const asked = stub.received.map(({ method, url, body }) => ({ method, url, body }));
  return { ...ran, asked };
}

const setBy = { version: 3, type: "ItemAdded", recordedAt: "2026-01-01T00:00:00.000000Z", actor: "ada" };

test("stream --diff says each difference on a line of its own", async () => {
  const changes = [
    { path: "status", kind: "changed", before: "cart", after: "placed" },
    { path: "lines[1]", kind: "removed", before: { sku: "a" } },
  ];
  const { out, asked } = await told(["stream", "order-1", "--diff", "2..5"], {
    from: { version: 2 },
    to: { version: 5 },
    changes,
  });
  expect(asked[0]?.url).toBe("/api/v1/local/streams/order-1/diff?from=2&to=5");
  expect(out).toContain('~ status: "cart" → "placed"');
  expect(out).toContain('- lines[1]: {"sku":"a"}');
});

test("stream --reveal asks for the personal data of the state as an act, with its reason", async () => {
  const args = ["stream", "order-1", "--version", "2", "--reveal", "--reason", "asked", "--ticket", "T-1"];
  const { out, asked } = await told(args, {
    events: [],
    next: null,
    state: { name: "Ada" },
    version: 2,
    foldedEvents: 2,
  });
  const [act] = asked.filter(({ method }) => method === "POST");
  expect(act?.url).toBe("/api/v1/local/streams/order-1/state/reveal");
  expect(JSON.parse(String(act?.body))).toEqual({ version: 2, reason: "asked", ticket: "T-1" });
  expect(out).toContain('"name": "Ada"');
});

test("stream --blame names version, event and actor of each value", async () => {
  const values = [
    { path: "total", value: 12, setBy },
    { path: "owner", value: "", setBy: null },
  ];
  const { out } = await told(["stream", "order-1", "--blame"], { values, complete: true });
  expect(out).toMatch(/total\s+12\s+3\s+ItemAdded.*ada/);
  expect(out).toMatch(/owner\s+""\s+initial state/);
});

test("stream --bisect names the event, or says that there is none", async () => {
  const effort = { version: 3, foldedEvents: 3, ms: 1, complete: true };
  const found = await told(["stream", "order-1", "--bisect", "total > 1"], {
    ...effort,
    found: { ...setBy, changes: [] },
  });
  expect(found.asked[0]?.url).toContain("bisect?where=total+%3E+1");
  expect(found.out).toContain("It first holds at version 3: ItemAdded by ada");
  await stub?.close();
  const none = await told(["stream", "order-1", "--bisect", "total > 1"], { ...effort, found: null });
  expect(none.out).toContain("does not hold at any version up to 3");
});

test("what-if sends the command with its point, byte for byte, and says a no as a no", async () => {
  const answer = {
    version: 2,
    outcome: "rejected",
    rejection: { code: "order.empty", message: "Add items." },
    events: [],
    changes: [],
  };
  const { out, asked } = await told(["what-if", "order-1", "PlaceOrder", '{ "n": 1.0 }', "--version", "2"], answer);
  expect(asked[0]).toMatchObject({ method: "POST", body: '{"version":2,"command":"PlaceOrder","input":{ "n": 1.0 }}' });
  expect(out).toContain("it would be refused: Add items. (order.empty)");
});

test("snapshots lists, acts on a stream, and verifies a category by a run", async () => {
  const row = {
    stream: "inventory-1",
    version: 400,
    gap: 50,
    bytes: 120,
    foldMs: 4,
    state: "current",
    takenAt: setBy.recordedAt,
    verifiedAt: null,
  };
  const faults = [{ stream: "inventory-2", version: 200, fault: "drift", healedAt: null }];
  const listed = await told(["snapshots"], { snapshots: [row], faults, next: null });
  expect(listed.out).toMatch(/inventory-1\s+400\s+50/);
  expect(listed.err).toContain("inventory-2 at version 200: drift");
  await stub?.close();
  const taken = await told(["snapshots", "take", "inventory-1"], { versions: [450], stopped: null });
  expect(taken.asked[0]?.url).toBe("/api/v1/local/streams/inventory-1/snapshots/take");
  expect(taken.out).toContain("Took inventory-1 at 450");
  await stub?.close();
  const run = await told(["snapshots", "verify", "--category", "inventory"], { run: { id: "7" } });
  expect(JSON.parse(run.asked[0]?.body ?? "")).toEqual({ category: "inventory" });
  expect(run.out).toContain("Run 7");
  expect((await runLine(["snapshots", "melt"], { environment: { url: "http://127.0.0.1:1", token: "t" } })).code).toBe(
    64,
  );
});
