import { defineDecider } from "@/lib/define";
import { cartCommands } from "./cart-commands";
import { orderEvents } from "./events";
import { fulfilmentCommands } from "./fulfilment-commands";
import { noOrder, type Order, totalOf, withItem, withoutItem } from "./order";
import { reversalCommands } from "./reversal-commands";

/** How an order comes about, and what may be asked of it. */
export const order = defineDecider<Order>()({
  category: "order",
  events: orderEvents,
  initialState: () => noOrder,
  evolve: {
    CartOpened: (order, { customerId }) => ({ ...order, status: "cart", customerId }),
    ItemAdded: (order, item) => priced({ ...order, lines: withItem(order.lines, item) }),
    ItemRemoved: (order, { sku, quantity }) => priced({ ...order, lines: withoutItem(order.lines, sku, quantity) }),
    OrderPlaced: (order, { customerId, lines, totalCents, shipTo }, { occurredAt }) => ({
      ...order,
      status: "placed",
      customerId,
      lines,
      totalCents,
      shipTo,
      placedOn: occurredAt.slice(0, 10),
    }),
    OrderReserved: (order) => ({ ...order, status: "reserved" }),
    PaymentAuthorised: (order, { paymentId }) => ({ ...order, status: "authorised", paymentId }),
    PaymentCaptured: (order, { paymentId }) => ({ ...order, status: "paid", paymentId }),
    OrderShipped: (order) => ({ ...order, status: "shipped" }),
    OrderDelivered: (order) => ({ ...order, status: "delivered" }),
    OrderReturned: (order, { owedCents }) => ({ ...order, status: "returned", owedCents }),
    OrderCancelled: (order, { owedCents }) => ({ ...order, status: "cancelled", owedCents }),
    PaymentRefunded: (order, { amountCents }) => ({
      ...order,
      status: "refunded",
      owedCents: order.owedCents - amountCents,
    }),
  },
  // So it has no snapshots, which would outlive the customer's key; an order is over after a dozen events.
  personal: ["shipTo.name", "shipTo.street", "shipTo.postcode", "shipTo.city"],
  commands: { ...cartCommands, ...fulfilmentCommands, ...reversalCommands },
});

function priced(order: Order): Order {
  return { ...order, totalCents: totalOf(order.lines) };
}
