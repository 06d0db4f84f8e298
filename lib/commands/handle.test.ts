import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import type { CommandOutcome } from "@/lib/commands/command";
import { type Commands, createCommands } from "@/lib/commands/handle";
import type { HandledCommand } from "@/lib/commands/handled-command";
import { command, defineDecider, defineEvents, defineModule, reject } from "@/lib/define";
import type { CommandNote } from "@/lib/event-store/recorded-event";
import { createMemoryStore, type MemoryStore } from "@/lib/testing/memory-store";

const events = defineEvents({ Counted: [1, z.object({ by: z.int() })] });
const { Counted } = events;
let decisions: number[] = [];
const counter = defineDecider<number>()({
  category: "counter",
  events,
  initialState: () => 0,
  evolve: { Counted: (sum, { by }) => sum + by },
  commands: {
    Count: command({
      description: "Counts, up to ten.",
      input: z.object({ by: z.int(), note: z.string().optional() }),
      decide: (sum: number, { by }) => {
        decisions.push(sum);
        if (by === 0) return [];
        return sum + by > 10 ? reject("counter.full", "Ten is the end.") : Counted({ by });
      },
    }),
    Twice: command({
      description: "Counts twice.",
      input: z.object({}),
      decide: (_sum: number) => [Counted({ by: 1 }), Counted({ by: 2 })],
    }),
    Break: command({
      description: "Makes an event that its schema refuses.",
      input: z.object({}),
      decide: (_sum: number) => Counted({ by: 0.5 }),
    }),
  },
});
const module = defineModule({
  name: "counters",
  description: "",
  events,
  upcasters: [],
  deciders: [counter],
  projections: [],
});
const catalog = createCatalog([module]);

let store: MemoryStore;
let commands: Commands;
beforeEach(() => {
  decisions = [];
  store = createMemoryStore();
  commands = createCommands({ store, catalog });
});

type More = Partial<Parameters<Commands["handle"]>[0]>;
const count = (by: number, more: More = {}) =>
  commands.handle({ category: "counter", id: "1", command: "Count", input: { by }, ...more });
/** Somebody else counts, past this program's memory of the stream. */
async function rival(by: number) {
  const { beforeAppend } = store;
  store.beforeAppend = undefined;
  await createCommands({ store, catalog }).handle({ category: "counter", id: "1", command: "Count", input: { by } });
  store.beforeAppend = beforeAppend;
}
const accepted = (outcome: CommandOutcome) => {
  if (outcome.outcome !== "accepted") throw new Error(`rejected: ${outcome.code}`);
  return outcome;
};

describe("a command", () => {
  test("is decided on the state and appended at the version it was decided on", async () => {
    await count(3);
    const outcome = accepted(await count(4));
    expect(outcome).toMatchObject({ stream: "counter-1", version: 2, position: 2n, replayed: false });
    expect(outcome.events).toMatchObject([{ type: "Counted", version: 2, data: { by: 4 }, id: store.events[1]?.id }]);
    expect(decisions).toEqual([0, 3]);
  });

  test("gives its events their correlation, its own id as their cause, and a note of itself", async () => {
    const { commandId, correlationId } = await count(3, { actor: "ada", receivedAt: "2026-01-01T00:00:00.000Z" });
    const [event] = store.events;
    const note = JSON.parse(event?.command ?? "null") as CommandNote;
    expect(event).toMatchObject({ correlationId, causationId: commandId, actor: "ada" });
    expect(note).toMatchObject({ id: commandId, name: "Count", receivedAt: "2026-01-01T00:00:00.000Z", attempts: 1 });
    expect(note.loadMs).toBeGreaterThanOrEqual(0);
    expect(note.inputDigest).toBeUndefined();
  });

  test("that answers to an event has that event as the cause", async () => {
    await count(3, { correlationId: "story", causationId: "cause" });
    expect(store.events[0]).toMatchObject({ correlationId: "story", causationId: "cause" });
  });

  test("may be refused: an answer, and nothing is stored", async () => {
    await count(9);
    expect(await count(2)).toMatchObject({ outcome: "rejected", code: "counter.full", version: 1 });
    expect(store.events).toHaveLength(1);
  });

  test("with nothing left to do is accepted without an event", async () => {
    expect(await count(0)).toMatchObject({ outcome: "accepted", version: 0, position: null, events: [] });
  });

  test.each([
    ["counter", "constructor"],
    ["counter", "Lose"],
    ["nothing", "Count"],
  ])("%s/%s does not exist", (category, name) =>
    expect(commands.handle({ category, id: "1", command: name, input: {} })).rejects.toMatchObject({
      code: "not-found",
    }),
  );

  test("with a wrong input is refused with the place of the fault", () =>
    expect(count(0.5)).rejects.toMatchObject({ code: "invalid-request", facts: { issues: [{ path: "by" }] } }));

  test("without an id, or with one that no stream name can hold, is refused", async () => {
    await expect(count(1, { id: "" })).rejects.toMatchObject({ code: "invalid-request" });
    await expect(count(1, { id: "a\u0000b" })).rejects.toMatchObject({ code: "invalid-request" });
  });

  test("whose decider makes an event that its schema refuses stores nothing", async () => {
    await expect(count(1, { command: "Break", input: {} })).rejects.toMatchObject({ code: "internal" });
    expect(store.events).toHaveLength(0);
  });

  test("is not decided on a stream that holds a type the program does not know", async () => {
    await store.append({
      writes: [
        { stream: "counter-1", expectedVersion: "any", events: [{ type: "Lost", schemaVersion: 1, data: "{}" }] },
      ],
    });
    await expect(count(1)).rejects.toMatchObject({ code: "conflict", facts: { type: "Lost", version: 1 } });
  });
});

describe("a conflict", () => {
  test("is decided anew on what the rival left", async () => {
    store.beforeAppend = once(async () => void (await rival(8)));
    expect(await count(3)).toMatchObject({ outcome: "rejected", code: "counter.full", version: 1 });
    expect(decisions).toEqual([0, 0, 8]);
  });

  test("is retried three times, and the note counts the attempts", async () => {
    let rivals = 3;
    store.beforeAppend = async () => void (rivals-- > 0 && (await rival(1)));
    expect(accepted(await count(1)).version).toBe(4);
    expect(JSON.parse(store.events[3]?.command ?? "null")).toMatchObject({ attempts: 4 });
  });

  test("that does not end is told to the caller", async () => {
    store.beforeAppend = async () => void (await rival(1));
    await expect(count(1)).rejects.toMatchObject({ code: "version-conflict", facts: { expected: 3, actual: 4 } });
    expect(store.events).toHaveLength(4);
  });
});

describe("an idempotency key", () => {
  const key = { idempotencyKey: "k-1" };

  test("gives a repeated request its first answer, whatever has happened since", async () => {
    const first = accepted(
      await commands.handle({ category: "counter", id: "1", command: "Twice", input: {}, ...key }),
    );
    await count(5);
    const again = accepted(
      await commands.handle({ category: "counter", id: "1", command: "Twice", input: {}, ...key }),
    );
    expect(again).toEqual({ ...first, replayed: true });
    expect(store.events).toHaveLength(3);
  });

  test("does not mind the order of the input's members", async () => {
    await count(1, { ...key, input: { by: 1, note: "x" } });
    expect(await count(1, { ...key, input: { note: "x", by: 1 } })).toMatchObject({ replayed: true });
  });

  test("of another input or command is refused and stores nothing", async () => {
    await count(1, key);
    await expect(count(2, key)).rejects.toMatchObject({ code: "idempotency-key-reused" });
    await expect(count(1, { ...key, command: "Twice", input: {} })).rejects.toMatchObject({
      code: "idempotency-key-reused",
    });
    expect(store.events).toHaveLength(1);
  });

  test("belongs to its stream", async () => {
    await count(1, key);
    expect(await count(2, { ...key, id: "2" })).toMatchObject({ outcome: "accepted", replayed: false });
  });

  test("sent twice at once is done once", async () => {
    const both = await Promise.all([count(1, key), count(1, key)]);
    expect(both.map((outcome) => accepted(outcome).replayed).sort()).toEqual([false, true]);
    expect(store.events).toHaveLength(1);
  });

  test("keeps no trace of the input but a digest that the key alone opens", async () => {
    await count(1, { ...key, input: { by: 1, note: "a secret" } });
    const note = store.events[0]?.command ?? "";
    expect(note).not.toContain("secret");
    expect(JSON.parse(note).inputDigest).toMatch(/^[0-9a-f]{64}$/);
  });
});

test("a long stream is read once, then only what is new", async () => {
  const read: number[] = [];
  const { readStreamToFold } = store;
  commands = createCommands({
    catalog,
    store: {
      ...store,
      readStreamToFold: (stream, page) => {
        read.push(page.from);
        return readStreamToFold(stream, page);
      },
    },
  });
  for (let n = 0; n < 3; n++) await count(1);
  expect(read).toEqual([1, 1, 2]);
});

function once(act: () => Promise<void>): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await act();
  };
}

describe("what became of a command is told once", () => {
  const told: HandledCommand[] = [];
  beforeEach(() => {
    told.length = 0;
    commands = createCommands({ store, catalog, record: (handled) => void told.push(handled) });
  });

  test("accepted with where its events are, rejected with its code, invalid with neither input nor words", async () => {
    await count(3, { actor: "ada", correlationId: "talk" });
    await count(9);
    await count("nine" as never).catch(() => undefined);
    await commands.handle({ category: "counter", id: "1", command: "Break", input: {} }).catch(() => undefined);
    const [accepted, rejected, invalid, failed] = told;
    expect(accepted).toMatchObject({
      ...{ category: "counter", command: "Count", stream: "counter-1", actor: "ada", correlationId: "talk" },
      ...{ outcome: "accepted", code: null, attempts: 1, version: 1 },
      written: [{ stream: "counter-1", fromVersion: 1, toVersion: 1 }],
    });
    expect(rejected).toMatchObject({ outcome: "rejected", code: "counter.full", version: 1, written: [] });
    expect(invalid).toMatchObject({ outcome: "invalid", code: "invalid-request", attempts: 0, version: null });
    expect(failed).toMatchObject({ outcome: "failed", code: "internal" });
    expect(told).toHaveLength(4);
    expect(JSON.stringify(told)).not.toMatch(/nine|Ten is/);
  });

  test("a replay is no second command, and an unknown one is none; who is always late is a conflict", async () => {
    await count(1, { idempotencyKey: "k" });
    await count(1, { idempotencyKey: "k" });
    await commands.handle({ category: "counter", id: "1", command: "Nothing", input: {} }).catch(() => undefined);
    expect(told).toHaveLength(1);
    store.beforeAppend = () => rival(1);
    await count(1).catch(() => undefined);
    expect(told[1]).toMatchObject({ outcome: "conflict", code: "version-conflict", attempts: 4 });
  });
});
