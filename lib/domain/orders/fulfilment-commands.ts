import { z } from "zod";
import { command, reject } from "@/lib/define";
import { orderEvents } from "./events";
import { headerOf, type Order, type OrderStatus } from "./order";

const { OrderReserved, PaymentAuthorised, PaymentCaptured, OrderShipped, OrderDelivered } = orderEvents;

const confirmReservation = command({
  description: "Notes that the warehouse holds every item of the order.",
  input: z.object({ warehouse: z.string().min(1) }),
  decide: (order: Order, { warehouse }) => {
    if (order.status === "reserved") return [];
    if (order.status !== "placed") return outOfTurn(order, "placed");
    return OrderReserved({ ...headerOf(order), warehouse });
  },
});

const authorisePayment = command({
  description: "Notes that the customer's bank holds the whole amount for us.",
  input: z.object({ paymentId: z.string().min(1), amountCents: z.int().nonnegative() }),
  decide: (order: Order, { paymentId, amountCents }) => {
    if (order.status === "authorised" && order.paymentId === paymentId) return [];
    if (order.status !== "reserved") return outOfTurn(order, "reserved");
    if (amountCents !== order.totalCents)
      return reject("order.amount-differs", `The order costs ${order.totalCents} cents, not ${amountCents}.`);
    return PaymentAuthorised({ ...headerOf(order), paymentId, amountCents });
  },
});

const capturePayment = command({
  description: "Notes that the authorised amount has been taken.",
  input: z.object({ paymentId: z.string().min(1) }),
  decide: (order: Order, { paymentId }) => {
    if (order.status === "paid" && order.paymentId === paymentId) return [];
    if (order.status !== "authorised") return outOfTurn(order, "authorised");
    if (order.paymentId !== paymentId)
      return reject(
        "order.other-payment",
        `Payment ${order.paymentId} was authorised for this order, not ${paymentId}.`,
      );
    return PaymentCaptured({ ...headerOf(order), paymentId, amountCents: order.totalCents });
  },
});

const shipOrder = command({
  description: "Hands the paid order to a carrier.",
  input: z.object({ carrier: z.string().min(1), trackingCode: z.string().min(1) }),
  decide: (order: Order, parcel) => {
    if (order.status !== "paid") return outOfTurn(order, "paid");
    return OrderShipped({ ...headerOf(order), ...parcel });
  },
});

const deliverOrder = command({
  description: "Notes who took the parcel at the door.",
  input: z.object({ signedBy: z.string().min(1) }),
  decide: (order: Order, { signedBy }) => {
    if (order.status === "delivered") return []; // Delivering twice is a retry, not news.
    if (order.status !== "shipped") return outOfTurn(order, "shipped");
    return OrderDelivered({ ...headerOf(order), signedBy });
  },
});

/** What may be asked while an order is on its way to the customer. */
export const fulfilmentCommands = {
  ConfirmReservation: confirmReservation,
  AuthorisePayment: authorisePayment,
  CapturePayment: capturePayment,
  ShipOrder: shipOrder,
  DeliverOrder: deliverOrder,
};

/** The no to a step whose turn it is not; `needed` is the status in which it would be. */
function outOfTurn({ status }: Order, needed: OrderStatus) {
  if (status === "none") return reject("order.unknown", "There is no such order.");
  if (status === "cancelled") return reject("order.cancelled", "The order was cancelled; nothing more happens to it.");
  return reject(`order.not-${needed}`, `The order is ${status}; this needs it to be ${needed}.`);
}
