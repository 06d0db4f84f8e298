import { z } from "zod";
import { defineEvents, personal } from "@/lib/define";

/** Money is whole cents of a euro: sums stay exact. */
const cents = z.int().nonnegative();

/** Some pieces of one article at the price the customer saw. */
export const line = z.object({
  sku: z.string().min(1),
  title: z.string().min(1),
  quantity: z.int().positive(),
  unitCents: cents,
});

/** Where an order goes. The person it is about is the customer, whoever receives it. */
export const address = z.object({
  name: personal(z.string().min(1), "customerId"),
  street: personal(z.string().min(1), "customerId"),
  postcode: personal(z.string(), "customerId"),
  city: personal(z.string(), "customerId"),
  country: z.string().length(2),
});

/** How far an order had come when it was cancelled. */
export const cancellable = z.enum(["placed", "reserved", "authorised", "paid"]);

/**
 * Every fact after the placing repeats who ordered, on which day, and for how much: a reader that counts by day or by
 * customer then needs no second look at the order.
 */
const order = { customerId: z.string().min(1), placedOn: z.iso.date(), totalCents: cents };

/** What can happen to an order, from the open cart to the refund. */
export const orderEvents = defineEvents({
  CartOpened: [
    1,
    z.object({
      customerId: z.string().min(1),
      name: personal(z.string().min(1), "customerId"),
      email: personal(z.email(), "customerId"),
    }),
  ],
  ItemAdded: [3, line],
  ItemRemoved: [1, z.object({ sku: z.string(), quantity: z.int().positive() })],
  OrderPlaced: [
    2,
    z.object({ customerId: z.string().min(1), lines: z.array(line).min(1), totalCents: cents, shipTo: address }),
  ],
  OrderReserved: [1, z.object({ ...order, warehouse: z.string() })],
  PaymentAuthorised: [1, z.object({ ...order, paymentId: z.string(), amountCents: cents })],
  PaymentCaptured: [2, z.object({ ...order, paymentId: z.string(), amountCents: cents })],
  OrderShipped: [1, z.object({ ...order, carrier: z.string(), trackingCode: z.string() })],
  OrderDelivered: [1, z.object({ ...order, signedBy: personal(z.string().min(1), "customerId") })],
  OrderReturned: [
    1,
    z.object({
      ...order,
      items: z.array(z.object({ sku: z.string(), quantity: z.int().positive() })).min(1),
      reason: z.string(),
      owedCents: cents,
    }),
  ],
  OrderCancelled: [1, z.object({ ...order, reason: z.string(), cancelledAt: cancellable, owedCents: cents })],
  PaymentRefunded: [
    1,
    z.object({ ...order, paymentId: z.string(), amountCents: cents, because: z.enum(["returned", "cancelled"]) }),
  ],
});
