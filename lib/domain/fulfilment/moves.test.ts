import fc from "fast-check";
import { expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { decodeEvents } from "@/lib/catalog/decode-known";
import { createCommands } from "@/lib/commands/handle";
import { modules } from "@/lib/domain";
import { eventInput, nameOf, type ProcessInput, react } from "@/lib/processes/react";
import { createMemoryStore } from "@/lib/testing/memory-store";
import { orderFulfilment as process } from "./order-fulfilment";

const catalog = createCatalog(modules);
const context = { position: null, at: "2026-01-05T10:00:00.000000Z", correlationId: "c", cause: "c" };
const shipTo = { name: "Ada", street: "Way 1", postcode: "1000", city: "Town", country: "SE" };

/** What the world does next: hands the process an event, carries a command out, lets a timer fire, or a person acts. */
const turns = ["event", "command", "pay", "ship", "timer", "cancel", "refund"] as const;
const turn = fc.oneof(
  { weight: 12, arbitrary: fc.constant("event" as const) },
  { weight: 8, arbitrary: fc.constant("command" as const) },
  { weight: 4, arbitrary: fc.constantFrom("pay" as const, "ship" as const) },
  { weight: 1, arbitrary: fc.constantFrom("timer" as const, "cancel" as const, "refund" as const) },
);

/** One order with the real deciders of orders and inventory, one turn after the other; resolves with the moves it made. */
async function liveOnce(
  stocked: readonly string[],
  story: readonly (typeof turns)[number][],
): Promise<readonly string[]> {
  const store = createMemoryStore();
  const { handle } = createCommands({ store, catalog });
  const ask = (category: string, id: string, command: string, input: unknown) =>
    handle({ category, id, command, input });
  for (const sku of stocked) await ask("inventory", sku, "ReceiveStock", { quantity: 1, supplier: "s" });
  await ask("order", "1", "OpenCart", { customerId: "c", name: "Ada", email: "ada@example.org" });
  for (const sku of ["A", "B"]) {
    await ask("order", "1", "AddItem", { sku, title: sku, quantity: 1, unitCents: 100 });
  }
  await ask("order", "1", "PlaceOrder", { shipTo });

  let state = process.initialState("1");
  let ended = false;
  let read = 0;
  const commands: { category: string; id: string; command: string; input: unknown }[] = [];
  const timers = new Set<string>();
  const moves: string[] = [];
  const take = (input: ProcessInput, name: string) => {
    const step = ended ? undefined : react(process, state, "1", input);
    if (!step) return;
    const [from, to] = [process.stage(state), process.stage(step.state as typeof state)];
    if (from !== to) moves.push(`${from} → ${to} on ${name}`);
    state = step.state as typeof state;
    ended = step.ended;
    for (const act of step.acts) {
      if (act.act === "send") commands.push(act);
      else if (act.act === "set-timer") timers.add(act.name);
      else timers.delete(act.name);
    }
    if (ended) timers.clear();
  };
  const deliver = () => {
    const stored = store.events[read];
    if (stored) read += 1;
    for (const event of stored ? decodeEvents(catalog, stored) : []) {
      if (Object.hasOwn(process.on, event.type) && process.instance(event) === "1") take(eventInput(event), event.type);
    }
  };
  const send = async () => {
    const due = commands.shift();
    if (!due) return;
    const answer = await ask(due.category, due.id, due.command, due.input);
    if (answer.outcome !== "rejected") return;
    const { code, message } = answer;
    const rejection = { category: due.category, id: due.id, command: due.command, input: due.input, code, message };
    take({ ...context, id: "0", kind: "rejection", rejection }, `${due.command} rejected`);
  };
  for (const turn of story) {
    if (turn === "event") deliver();
    else if (turn === "command") await send();
    else if (turn === "timer") {
      const [name] = timers;
      if (name === undefined) continue;
      timers.delete(name);
      const fired: ProcessInput = { ...context, id: "0", kind: "timer", name };
      take(fired, `timer ${nameOf(fired)}`);
    } else if (turn === "pay") {
      await ask("order", "1", "AuthorisePayment", { paymentId: "p", amountCents: 200 });
      await ask("order", "1", "CapturePayment", { paymentId: "p" });
    } else if (turn === "ship") await ask("order", "1", "ShipOrder", { carrier: "post", trackingCode: "t" });
    else if (turn === "cancel") await ask("order", "1", "CancelOrder", { reason: "changed my mind" });
    else await ask("order", "1", "RefundOrder", {});
  }
  return moves;
}

/** The rare one: it is shipped while its time runs out, so calling it off is refused. */
const shippedInTime = [
  ...Array.from({ length: 6 }, () => "event" as const),
  ...(["command", "command", "event", "event", "command", "event", "pay", "event", "event"] as const),
  ...(["ship", "timer", "command"] as const),
];

test("every way that an order's fulfilment goes while nobody books stock by hand is in its diagram, and every way in the diagram is gone", async () => {
  const drawn = process.moves.flatMap(({ from, to, on }) => on.map((name) => `${from} → ${to} on ${name}`));
  const gone = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(["A", "B"], ["A", "B"], ["A"], []),
      fc.array(turn, { minLength: 30, maxLength: 90 }),
      async (stocked, story) => {
        const moves = await liveOnce(stocked, story);
        for (const move of moves) gone.add(move);
        expect(drawn).toEqual(expect.arrayContaining([...moves]));
      },
    ),
    { numRuns: 400, seed: 7, endOnFailure: true, examples: [[["A", "B"], shippedInTime]] },
  );
  expect([...gone].sort()).toEqual([...drawn].sort());
}, 60_000);
