import type pg from "pg";
import { appendRaw, type RawEvent } from "@/lib/testing/append-raw";

/** What one run of the load did so far. */
export type OrderLoad = { readonly appended: () => number; readonly stop: () => Promise<void> };

/**
 * Appends steps of random orders, some hundred events a second, until it is stopped; goes on when the database comes
 * and goes. Events are valid for the orders domain.
 */
export function loadOrders(pool: pg.Pool): OrderLoad {
  let running = true;
  let appended = 0;
  let next = 0;
  const open: { id: number; step: number }[] = [];

  async function work(): Promise<void> {
    while (running) {
      const batch: RawEvent[] = [];
      const busy = new Set<number>();
      for (let count = 1 + Math.floor(Math.random() * 12); count > 0; count--) {
        let order = open[Math.floor(Math.random() * 60)];
        if (!order || busy.has(order.id)) {
          order = { id: next++, step: 0 };
          open.push(order);
        }
        busy.add(order.id);
        batch.push(stepOf(order.id, order.step++));
        if (order.step === STEPS) open.splice(open.indexOf(order), 1);
      }
      try {
        await appendRaw(pool, batch);
        appended += batch.length;
      } catch {
        // The server is being restarted under the load; what became of this call does not matter to the test.
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const ended = work();
  return {
    appended: () => appended,
    stop: async () => {
      running = false;
      await ended;
    },
  };
}

const STEPS = 8;

function stepOf(id: number, step: number): RawEvent {
  const stream = `order-${id}`;
  const customerId = `customer-${id % 17}`;
  const line = { sku: `SKU-${id % 5}`, title: "A thing", quantity: 1 + (id % 3), unitCents: 250 };
  const placed = { customerId, placedOn: "2026-11-24", totalCents: line.quantity * line.unitCents };
  const payment = { ...placed, paymentId: `pay-${id}`, amountCents: placed.totalCents };
  const steps: readonly Omit<RawEvent, "stream">[] = [
    { type: "CartOpened", data: { customerId, name: "Ada", email: "ada@example.org" } },
    { type: "ItemAdded", schemaVersion: 3, data: line },
    {
      type: "OrderPlaced",
      schemaVersion: 2,
      data: {
        customerId,
        lines: [line],
        totalCents: placed.totalCents,
        shipTo: { name: "Ada", street: "Way 1", postcode: "1000", city: "Town", country: "SE" },
      },
    },
    { type: "OrderReserved", data: { ...placed, warehouse: "w1" } },
    { type: "PaymentAuthorised", data: payment },
    { type: "PaymentCaptured", schemaVersion: 2, data: payment },
    { type: "OrderShipped", data: { ...placed, carrier: "post", trackingCode: `t-${id}` } },
    { type: "OrderDelivered", data: { ...placed, signedBy: "Ada" } },
  ];
  return { stream, ...(steps[step] ?? { type: "ItemAdded", schemaVersion: 3, data: line }) };
}
