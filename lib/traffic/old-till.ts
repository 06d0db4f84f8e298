import { newId } from "@/lib/kernel/ids";
import { chooseLines } from "@/lib/traffic/cart-life";
import { fulfil } from "@/lib/traffic/fulfil-order";
import type { Person } from "@/lib/traffic/people";
import { converse, type Life, type Surroundings } from "@/lib/traffic/shop";

/**
 * A branch whose till was never replaced: it writes the event forms of its day straight into the log, hours after they
 * happened. From the reservation on the house treats its orders like all others, but for the payment, which it books itself.
 */
export async function* oldTill(shop: Surroundings, orderId: string, customer: Person): Life {
  const correlationId = newId();
  const eventId = newId();
  const { random } = shop;
  const { customerId, name, email, address } = customer;
  const lines = chooseLines(shop);
  const stream = `order-${orderId}`;
  const total = lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
  const placedAt = shop.at() ?? new Date().toISOString();
  const event = (type: string, schemaVersion: number, data: unknown) => ({
    type,
    schemaVersion,
    data: JSON.stringify(data),
    occurredAt: placedAt,
  });
  const items = lines.map(({ sku, quantity, unitCents }) => ({ sku, qty: quantity, price: unitCents / 100 }));
  const [oldest, ...others] = items;
  const addressLine = `${name}, ${address.street}, ${address.postcode} ${address.city}, ${address.country}`;

  await shop.append({
    actor: "old-till",
    correlationId,
    idempotencyKey: `sync-${orderId}`,
    writes: [
      {
        stream,
        expectedVersion: "none",
        events: [
          event("CartOpened", 1, { customerId, name, email }),
          event("ItemAdded", 1, oldest),
          ...others.map(({ sku, qty, price }) =>
            event("ItemAdded", 2, { sku, quantity: qty, unitCents: Math.round(price * 100) }),
          ),
          { ...event("OrderPlaced", 1, { customerId, items, total: total / 100, address: addressLine }), id: eventId },
        ],
      },
    ],
  });
  yield random.between(500, 2_500);

  const paysAtOnce = random.chance(0.3);
  const capture = (paymentId: string) => {
    const booked = {
      customerId,
      placedOn: placedAt.slice(0, 10),
      totalCents: total,
      amount: total / 100,
      reference: paymentId,
    };
    const occurredAt = shop.at() ?? null;
    const type = paysAtOnce ? "OrderPaid" : "PaymentCaptured";
    const captured = { type, schemaVersion: 1, data: JSON.stringify(booked), occurredAt };
    return shop.append({
      actor: "old-till",
      correlationId,
      idempotencyKey: `book-${orderId}`,
      writes: [{ stream, expectedVersion: "any", events: [captured] }],
    });
  };
  yield* fulfil(shop, converse(shop, { correlationId, eventId }), {
    orderId,
    customerId,
    signedBy: name,
    lines,
    capture,
    paysAtOnce,
  });
}
