import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { type Commands, createCommands } from "@/lib/commands/handle";
import { modules } from "@/lib/domain";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { seedDemo } from "@/lib/traffic/seed-demo";

const catalog = createCatalog(modules);
let database: TestDatabase;
let store: EventStore;
let commands: Commands;
beforeAll(async () => {
  database = await createTestDatabase();
  store = createEventStore({ pool: database.pool });
  commands = createCommands({ store, catalog });
});
afterAll(() => database.close());

const reserve = (id: string, orderId: string, more: { idempotencyKey?: string } = {}) =>
  commands.handle({ category: "inventory", id, command: "ReserveStock", input: { orderId, quantity: 1 }, ...more });
const receive = (id: string, quantity: number) =>
  commands.handle({ category: "inventory", id, command: "ReceiveStock", input: { quantity, supplier: "Nordhavn" } });

test("however many race for the last pieces, no piece is sold twice", async () => {
  await receive("LAST", 5);
  const patient = async (n: number) => {
    for (;;) {
      try {
        return await reserve("LAST", `o-${n}`);
      } catch (error) {
        if ((error as { code?: string }).code !== "version-conflict") throw error;
      }
    }
  };
  const outcomes = await Promise.all(Array.from({ length: 16 }, (_, n) => patient(n)));
  expect(outcomes.filter(({ outcome }) => outcome === "accepted")).toHaveLength(5);
  expect(
    outcomes.filter((each) => each.outcome === "rejected" && each.code === "inventory.insufficient-stock"),
  ).toHaveLength(11);
  expect((await store.readStream("inventory-LAST")).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a request that is sent eight times at once, by two programs, is done once and answered alike", async () => {
  await receive("KEY", 100);
  const other = createCommands({ store: createEventStore({ pool: database.pool }), catalog });
  const request = {
    category: "inventory",
    id: "KEY",
    command: "AdjustStock",
    input: { delta: -1, reason: "broken" },
    idempotencyKey: "k-1",
  };
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 ? other : commands).handle(request)));
  expect(await store.streamVersion("inventory-KEY")).toBe(2);
  const answers = outcomes.map(
    (each) =>
      each.outcome === "accepted" && {
        version: each.version,
        ids: each.events.map(({ id }) => id),
        command: each.commandId,
      },
  );
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(outcomes.filter((each) => each.outcome === "accepted" && !each.replayed)).toHaveLength(1);
  await expect(commands.handle({ ...request, input: { delta: -2, reason: "broken" } })).rejects.toMatchObject({
    code: "idempotency-key-reused",
  });
});

test("the answer's event ids are those in the log, with a key and without", async () => {
  for (const more of [{}, { idempotencyKey: "k-2" }]) {
    const outcome = await commands.handle({
      category: "inventory",
      id: "IDS",
      command: "ReceiveStock",
      input: { quantity: 1, supplier: "x" },
      ...more,
    });
    if (outcome.outcome !== "accepted") throw new Error("rejected");
    const stored = await store.readStream("inventory-IDS", { from: outcome.version });
    expect(stored.map(({ id, position }) => ({ id, position }))).toEqual([
      { id: outcome.events[0]?.id, position: outcome.position },
    ]);
  }
});

test("what JSON or PostgreSQL would alter is refused by name", () =>
  expect(
    commands.handle({
      category: "inventory",
      id: "NUL",
      command: "AdjustStock",
      input: { delta: 1, reason: "a\u0000b" },
    }),
  ).rejects.toMatchObject({ code: "payload-refused", facts: { reason: "nul-character" } }));

test("a past of the demo's shop is written through commands, and all of it can be read", async () => {
  const { signal } = new AbortController();
  const counts = await seedDemo({ send: commands.handle, append: store.append, signal, lives: 60 });
  expect(counts.commands).toBeGreaterThan(300);
  const streams = await database.owner.query<{ stream: string }>(
    "select stream from tidemark.streams where stream like 'order-A-%'",
  );
  expect(streams.rows.length).toBeGreaterThan(40);
  for (const { stream } of streams.rows) {
    const events = await store.readStream(stream);
    expect(events.map((event) => catalog.decode(event).status)).toEqual(events.map(() => "decoded"));
  }
});
