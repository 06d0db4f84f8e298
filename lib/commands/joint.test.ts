import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { type Commands, createCommands } from "@/lib/commands/handle";
import { both, command, defineDecider, defineEvents, defineModule, jointCommand, reject } from "@/lib/define";
import { createMemoryStore, type MemoryStore } from "@/lib/testing/memory-store";

const events = defineEvents({ Filled: [1, z.object({ by: z.int() })], Poured: [1, z.object({ by: z.int() })] });
const { Filled, Poured } = events;
let seen: string[] = [];
const glass = defineDecider<number>()({
  category: "glass",
  events,
  initialState: () => 0,
  evolve: { Filled: (sum, { by }) => sum + by, Poured: (sum, { by }) => sum - by },
  commands: {
    Fill: command({
      description: "Fills.",
      input: z.object({ by: z.int() }),
      decide: (_sum: number, { by }) => Filled({ by }),
    }),
    Pour: jointCommand({
      description: "Pours into another glass.",
      input: z.object({ into: z.string(), by: z.int() }),
      other: ({ into }) => into,
      decide: (from: number, to, { by }) => {
        seen.push(`${from} ${to}`);
        if (by === 0) return [];
        return from < by ? reject("glass.empty", "Fill it first.") : both(Poured({ by }), Filled({ by }));
      },
    }),
  },
});
const catalog = createCatalog([
  defineModule({ name: "bar", description: "", events, upcasters: [], deciders: [glass], projections: [] }),
]);

let store: MemoryStore;
let commands: Commands;
const send = (id: string, name: string, input: unknown, idempotencyKey?: string, by = commands) =>
  by.handle({ category: "glass", id, command: name, input, idempotencyKey });
beforeEach(() => {
  seen = [];
  store = createMemoryStore();
  commands = createCommands({ store, catalog });
});

test("a command over two streams is decided on both states and stored in both, or in neither", async () => {
  await send("a", "Fill", { by: 5 });
  const outcome = await send("a", "Pour", { into: "b", by: 3 });
  expect(outcome).toMatchObject({ outcome: "accepted", stream: "glass-a", version: 2, events: [{ type: "Poured" }] });
  expect(store.events.map(({ stream, type }) => `${stream} ${type}`)).toEqual([
    "glass-a Filled",
    "glass-a Poured",
    "glass-b Filled",
  ]);
  expect(await send("a", "Pour", { into: "b", by: 3 })).toMatchObject({ outcome: "rejected", code: "glass.empty" });
  expect(await send("a", "Pour", { into: "b", by: 0 })).toMatchObject({ outcome: "accepted", events: [] });
  expect(store.events).toHaveLength(3);
});

test.each(["a", "b"])("when glass %s has moved on meanwhile, the whole is decided anew on both", async (moved) => {
  await send("a", "Fill", { by: 5 });
  let rival = true;
  store.beforeAppend = async () => {
    if (!rival) return;
    rival = false;
    await send(moved, "Fill", { by: 1 }, undefined, createCommands({ store, catalog }));
  };
  expect(await send("a", "Pour", { into: "b", by: 5 })).toMatchObject({ outcome: "accepted", attempts: 2 });
  expect(seen).toEqual(["5 0", moved === "a" ? "6 0" : "5 1"]);
});

test("its idempotency key covers both streams: sent again it is answered, with what it recorded in its own", async () => {
  await send("a", "Fill", { by: 9 });
  const first = await send("a", "Pour", { into: "b", by: 3 }, "k-1");
  expect(await send("a", "Pour", { into: "b", by: 3 }, "k-1")).toEqual({ ...first, replayed: true });
  expect(store.events).toHaveLength(3);
  await expect(send("a", "Pour", { into: "c", by: 3 }, "k-1")).rejects.toMatchObject({
    code: "idempotency-key-reused",
  });
});

test("a second stream whose name cannot be is refused before anything is read", () =>
  expect(send("a", "Pour", { into: "b\u0000", by: 1 })).rejects.toMatchObject({ code: "invalid-request" }));
