import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import type { DecodedEvent } from "@/lib/define";
import { foldRows } from "@/lib/testing/fold-rows";
import { createMemoryStore } from "@/lib/testing/memory-store";
import { orders } from "../module";
import type { Order } from "../order";
import { customerHistory } from "./customer-history";
import { orderSummary } from "./order-summary";
import { ordersPerDay } from "./orders-per-day";

const catalog = createCatalog([orders]);
const shipTo = { name: "Ada King", street: "12 Mill Lane", postcode: "CB1 2AB", city: "Cambridge", country: "GB" };
const life = [
  ["PlaceOrder", { shipTo }],
  ["ConfirmReservation", { warehouse: "north" }],
  ["AuthorisePayment", { paymentId: "pay-1", amountCents: 2_500 }],
  ["CapturePayment", { paymentId: "pay-1" }],
  ["ShipOrder", { carrier: "Post", trackingCode: "T-1" }],
  ["DeliverOrder", { signedBy: "Ada King" }],
  ["ReturnOrder", { items: [{ sku: "MUG-01", quantity: 1 }], reason: "chipped" }],
  ["RefundOrder", {}],
] as const;

/** Lives some orders, each as far as `steps` says, cancelled at its end or not; returns the log and the final states. */
async function shop(fates: readonly { customer: string; steps: number; cancel: boolean }[]) {
  const store = createMemoryStore();
  const commands = createCommands({ store, catalog });
  for (const [index, { customer, steps, cancel }] of fates.entries()) {
    const send = (command: string, input: unknown) =>
      commands.handle({ category: "order", id: String(index), command, input });
    await send("OpenCart", { customerId: customer, name: "Ada King", email: "ada@example.org" });
    await send("AddItem", { sku: "MUG-01", title: "Mug", quantity: 2, unitCents: 1_250 });
    for (const [command, input] of life.slice(0, steps)) await send(command, input);
    if (cancel)
      for (const [command, input] of [
        ["CancelOrder", { reason: "x" }],
        ["RefundOrder", {}],
      ] as const)
        await send(command, input);
  }
  const events = store.events.flatMap((event) => {
    const decoding = catalog.decode(event);
    if (decoding.status !== "decoded") throw new Error(`${event.type} is ${decoding.status}`);
    return decoding.events;
  });
  const decider = catalog.decider("order");
  const states = new Map<string, Order>();
  for (const event of events) {
    const state = (states.get(event.stream) ?? decider?.initialState()) as Order;
    states.set(event.stream, decider?.evolve[event.type]?.(state, event.data as never, event) as Order);
  }
  return { events, states };
}

describe("order-summary", () => {
  let events: readonly DecodedEvent[] = [];
  beforeAll(async () => {
    ({ events } = await shop([{ customer: "c-1", steps: 8, cancel: false }]));
  });
  test("follows an order to its refund", () =>
    expect(foldRows(orderSummary, events).get("order-0")).toMatchObject({
      order_id: "0",
      customer_id: "c-1",
      status: "refunded",
      pieces: 2,
      total_cents: 2_500,
      refunded_cents: 1_250,
    }));
  test("holds nothing personal but the customer's id", () =>
    expect(JSON.stringify([...foldRows(orderSummary, events).values()])).not.toMatch(/Ada|Mill Lane|example/));
});

const fates = fc.array(
  fc.record({ customer: fc.constantFrom("c-1", "c-2"), steps: fc.integer({ min: 0, max: 8 }), cancel: fc.boolean() }),
  { maxLength: 6 },
);

test("orders-per-day counts each order once, in the status it is in, for what it is worth", () =>
  fc.assert(
    fc.asyncProperty(fates, async (lives) => {
      const { events, states } = await shop(lives);
      const expected = new Map<string, { orders: number; total_cents: number }>();
      for (const { status, placedOn, totalCents } of states.values()) {
        if (status === "cart") continue;
        const known = expected.get(`${placedOn}/${status}`) ?? { orders: 0, total_cents: 0 };
        expected.set(`${placedOn}/${status}`, {
          orders: known.orders + 1,
          total_cents: known.total_cents + totalCents,
        });
      }
      const rows = [...foldRows(ordersPerDay, events)].filter(([, row]) => row.orders !== 0);
      expect(new Map(rows.map(([key, { orders, total_cents }]) => [key, { orders, total_cents }]))).toEqual(expected);
      // A row that every order has left is worth nothing.
      for (const row of foldRows(ordersPerDay, events).values()) expect(row.orders === 0).toBe(row.total_cents === 0);
    }),
    { numRuns: 60 },
  ));

test("orders-per-day does not mind the order in which different orders are read", async () => {
  const { events } = await shop([
    { customer: "c-1", steps: 5, cancel: false },
    { customer: "c-2", steps: 3, cancel: true },
  ]);
  const byStream = [...events].sort((a, b) => b.stream.localeCompare(a.stream) || a.version - b.version);
  expect(foldRows(ordersPerDay, byStream)).toEqual(foldRows(ordersPerDay, events));
});

test("customer-history adds up what the log says of each customer", () =>
  fc.assert(
    fc.asyncProperty(fates, async (lives) => {
      const { events } = await shop(lives);
      const rows = foldRows(customerHistory, events);
      for (const customer of ["c-1", "c-2"]) {
        const about = events.filter(({ data }) => (data as { customerId?: string }).customerId === customer);
        const of = (type: string) => about.filter((event) => event.type === type);
        const cents = (type: string) =>
          of(type).reduce((sum, { data }) => sum + (data as { amountCents: number }).amountCents, 0);
        if (of("OrderPlaced").length === 0) continue;
        expect(rows.get(customer)).toMatchObject({
          orders: of("OrderPlaced").length,
          delivered: of("OrderDelivered").length,
          returned: of("OrderReturned").length,
          cancelled: of("OrderCancelled").length,
          paid_cents: cents("PaymentCaptured"),
          refunded_cents: cents("PaymentRefunded"),
          first_order_at: of("OrderPlaced")[0]?.occurredAt,
          last_order_at: of("OrderPlaced").at(-1)?.occurredAt,
        });
      }
    }),
    { numRuns: 60 },
  ));
