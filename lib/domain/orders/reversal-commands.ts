import { z } from "zod";
import { command, reject } from "@/lib/define";
import { cancellable, orderEvents } from "./events";
import { headerOf, type Order } from "./order";

const { OrderReturned, OrderCancelled, PaymentRefunded } = orderEvents;

const returnOrder = command({
  description: "Takes back some or all items of a delivered order, once.",
  input: z.object({
    items: z.array(z.object({ sku: z.string().min(1), quantity: z.int().positive() })).min(1),
    reason: z.string().min(1),
  }),
  decide: (order: Order, { items, reason }) => {
    if (order.status === "returned" || order.status === "refunded")
      return reject("order.already-returned", "A return has been recorded for this order already.");
    if (order.status !== "delivered") return reject("order.not-delivered", "Only a delivered order can come back.");
    if (new Set(items.map(({ sku }) => sku)).size < items.length)
      return reject("order.return-repeats", "Name each article once, with all of its pieces.");
    let owedCents = 0;
    for (const { sku, quantity } of items) {
      const line = order.lines.find((candidate) => candidate.sku === sku);
      if (!line || quantity > line.quantity)
        return reject("order.not-so-many", `The order has ${line?.quantity ?? 0} pieces of ${sku}, not ${quantity}.`);
      owedCents += quantity * line.unitCents;
    }
    return OrderReturned({ ...headerOf(order), items, reason, owedCents });
  },
});

const cancelOrder = command({
  description: "Calls an order off, as long as it has not left the house.",
  input: z.object({ reason: z.string().min(1) }),
  decide: (order: Order, { reason }) => {
    if (order.status === "cancelled") return [];
    const reached = cancellable.safeParse(order.status);
    if (!reached.success)
      return order.status === "none" || order.status === "cart"
        ? reject("order.not-placed", "Nothing was ordered yet; leave the cart as it is.")
        : reject("order.already-shipped", "The order has left the house. Take it back as a return.");
    const owedCents = order.status === "paid" ? order.totalCents : 0;
    return OrderCancelled({ ...headerOf(order), reason, cancelledAt: reached.data, owedCents });
  },
});

const refundOrder = command({
  description: "Pays back what the customer is owed after a return or a late cancellation.",
  input: z.object({}),
  decide: (order: Order) => {
    if (order.status === "refunded") return [];
    if (order.owedCents === 0 || order.paymentId === null)
      return reject("order.nothing-owed", "The customer is owed nothing for this order.");
    const because = order.status === "cancelled" ? "cancelled" : "returned";
    return PaymentRefunded({ ...headerOf(order), paymentId: order.paymentId, amountCents: order.owedCents, because });
  },
});

/** What may be asked when an order is to be undone. */
export const reversalCommands = { ReturnOrder: returnOrder, CancelOrder: cancelOrder, RefundOrder: refundOrder };
