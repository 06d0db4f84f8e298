import { orderEvents } from "@/lib/domain/orders/events";
import type { StreamWrite } from "@/lib/event-store/recorded-event";
import type { EventStore } from "@/lib/event-store/store";

/** The life of one order in fifteen events, as the domain itself would record it. */
export function orderLife(number: number): readonly { type: string; schemaVersion: number; data: unknown }[] {
  const customerId = `c-${number % 5000}`;
  const line = (i: number) => ({
    sku: `SKU-${(number + i) % 900}`,
    title: "Enamel mug, 350 ml",
    quantity: 1 + (i % 3),
    unitCents: 1250 + i,
  });
  const lines = Array.from({ length: 6 }, (_, i) => line(i));
  const totalCents = lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
  const order = { customerId, placedOn: "2026-03-14", totalCents };
  const payment = { ...order, paymentId: `pay-${number}`, amountCents: totalCents };
  const shipTo = {
    name: "Alex Example",
    street: "Harbour Street 12",
    postcode: "20457",
    city: "Hamburg",
    country: "DE",
  };
  return [
    orderEvents.CartOpened({ customerId, name: "Alex Example", email: "alex@example.org" }),
    ...lines.map((each) => orderEvents.ItemAdded(each)),
    orderEvents.OrderPlaced({ customerId, lines, totalCents, shipTo }),
    orderEvents.OrderReserved({ ...order, warehouse: "north" }),
    orderEvents.PaymentAuthorised(payment),
    orderEvents.PaymentCaptured(payment),
    orderEvents.OrderShipped({ ...order, carrier: "post", trackingCode: `T${number}` }),
    orderEvents.OrderDelivered({ ...order, signedBy: "Alex Example" }),
    orderEvents.OrderReturned({
      ...order,
      items: [{ sku: "SKU-1", quantity: 1 }],
      reason: "too small",
      owedCents: 1250,
    }),
    orderEvents.PaymentRefunded({ ...payment, amountCents: 1250, because: "returned" }),
  ];
}

// An append may write to a hundred streams.
const WIDTH = 100;

/**
 * Appends `streams` orders with fifteen events each, a hundred orders growing side by side and eight such groups at a
 * time, and returns how many events that were. Nothing is published: the caller moves the high-water mark.
 */
export async function appendOrders(store: EventStore, streams: number): Promise<number> {
  let next = 0;
  let events = 0;
  const work = async () => {
    while (next < streams) {
      const first = next;
      next += WIDTH;
      const appended = await appendGroup(store, first, Math.min(WIDTH, streams - first));
      events += appended;
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return events;
}

async function appendGroup(store: EventStore, first: number, width: number): Promise<number> {
  const lives = Array.from({ length: width }, (_, i) => orderLife(first + i));
  let events = 0;
  for (let step = 0; step < 15; step++) {
    const writes: StreamWrite[] = lives.flatMap((life, i) => {
      const event = life[step];
      if (event === undefined) return [];
      const stored = { ...event, data: JSON.stringify(event.data) };
      return [{ stream: `order-${first + i}`, expectedVersion: "any" as const, events: [stored] }];
    });
    await store.append({ writes });
    events += writes.length;
  }
  return events;
}
