import { becomes, cancelTimer, defineProcess, send, setTimer } from "@/lib/define-process";
import { inventoryEvents } from "@/lib/domain/inventory/events";
import { orderEvents } from "@/lib/domain/orders/events";
import {
  begun,
  bookOut,
  callOff,
  type Fulfilment,
  linesIn,
  linesOf,
  release,
  settled,
  stopWaiting,
  withStock,
} from "./fulfilment";

/** What is recorded so long after it was placed is history: somebody has fulfilled it by hand. */
const HISTORY_MS = 12 * 3_600_000;
const warehouse = "north";

/**
 * Takes a placed order through warehouse and payment to the carrier's hands: reserves its stock line by line, confirms,
 * waits for the money and for the parcel, each only so long, and undoes what was done when the order does not come about.
 */
export const orderFulfilment = defineProcess<Fulfilment>()({
  name: "order-fulfilment",
  version: 2,
  description:
    "Reserves stock for a placed order, waits for payment and shipment, and undoes it all if it is called off.",
  events: { ...orderEvents, ...inventoryEvents },
  instance: (event) => ("orderId" in event.data ? event.data.orderId : event.stream.slice("order-".length)),
  begins: ({ type, occurredAt, recordedAt }) =>
    type === "OrderPlaced" && Date.parse(recordedAt) - Date.parse(occurredAt) < HISTORY_MS,
  initialState: () => begun,
  stage: ({ stage }) => stage,
  on: {
    OrderPlaced: (order, { data }, orderId) => {
      const lines = linesOf(data.lines);
      const reserve = lines.map(({ sku, quantity }) => send("inventory", sku, "ReserveStock", { orderId, quantity }));
      return becomes({ ...order, lines }, reserve, setTimer("reservation", { minutes: 5 }));
    },
    StockReserved: (before, { data: { sku } }, orderId) => {
      const order = withStock(before, sku, "held");
      if (order.stage === "calling off") return becomes(order, release(orderId, sku));
      if (order.stage !== "reserving stock" || linesIn(order, "asked").length > 0) return becomes(order);
      return becomes({ ...order, stage: "confirming" }, send("order", orderId, "ConfirmReservation", { warehouse }));
    },
    OrderReserved: (order) =>
      order.stage === "calling off"
        ? becomes(order)
        : becomes(
            { ...order, stage: "awaiting payment" },
            cancelTimer("reservation"),
            setTimer("payment", { minutes: 15 }),
          ),
    PaymentCaptured: (order) =>
      order.stage === "calling off"
        ? becomes(order)
        : becomes({ ...order, stage: "awaiting shipment" }, stopWaiting, setTimer("shipment", { hours: 2 })),
    OrderShipped: (order, _, orderId) => {
      const out = linesIn(order, "held").map(({ sku }) => bookOut(orderId, sku));
      return settled({ ...order, stage: "booking out" }, ...stopWaiting, ...out);
    },
    StockShipped: (order, { data: { sku } }) => settled(withStock(order, sku, "shipped")),
    OrderCancelled: (order, { data: { owedCents } }, orderId) => {
      const back = linesIn(order, "held").map(({ sku }) => release(orderId, sku));
      const refund = owedCents > 0 ? [send("order", orderId, "RefundOrder", {})] : [];
      return settled({ ...order, stage: "calling off", refunding: owedCents > 0 }, ...stopWaiting, ...back, ...refund);
    },
    ReservationReleased: (order, { data: { sku } }) => settled(withStock(order, sku, "given back")),
    PaymentRefunded: (order) => settled({ ...order, refunding: false }),
  },
  moves: [
    { from: "reserving stock", to: "confirming", on: ["StockReserved"] },
    { from: "confirming", to: "awaiting payment", on: ["OrderReserved"] },
    { from: "awaiting payment", to: "awaiting shipment", on: ["PaymentCaptured"] },
    { from: "awaiting shipment", to: "booking out", on: ["OrderShipped"] },
    { from: "booking out", to: "shipped", on: ["StockShipped"] },
    {
      from: "reserving stock",
      to: "calling off",
      on: ["ReserveStock rejected", "timer reservation", "OrderCancelled"],
    },
    { from: "confirming", to: "calling off", on: ["timer reservation", "OrderCancelled"] },
    { from: "awaiting payment", to: "calling off", on: ["timer payment", "OrderCancelled"] },
    { from: "awaiting shipment", to: "calling off", on: ["timer shipment", "OrderCancelled"] },
    {
      from: "calling off",
      to: "called off",
      on: ["ReservationReleased", "PaymentRefunded", "ReserveStock rejected"],
    },
    { from: "calling off", to: "awaiting shipment", on: ["CancelOrder rejected"] },
    { from: "calling off", to: "booking out", on: ["OrderShipped"] },
  ],
  onTimer: {
    reservation: (order, orderId) => callOff(order, orderId, "the stock was not reserved in time"),
    payment: (order, orderId) => callOff(order, orderId, "not paid in time"),
    shipment: (order, orderId) => callOff(order, orderId, "not shipped in time"),
  },
  onRejection: {
    ReserveStock: (before, { id: sku }, orderId) => {
      const order = withStock(before, sku, "missing");
      return order.stage === "calling off" ? settled(order) : callOff(order, orderId, "out of stock");
    },
    ShipStock: (order, { id: sku }) => settled(withStock(order, sku, "missing")),
    // It left the house while we made up our mind: what is to be booked out follows from its shipment, or did already.
    CancelOrder: (order) =>
      order.stage === "calling off" ? becomes({ ...order, stage: "awaiting shipment" }) : becomes(order),
    RefundOrder: (order) => settled({ ...order, refunding: false }),
  },
  onCancel: (order, orderId) => {
    const open = linesIn(order, "asked", "held");
    if (order.stage === "booking out")
      return becomes(
        order,
        open.map(({ sku }) => bookOut(orderId, sku)),
      );
    const back = open.map(({ sku }) => release(orderId, sku));
    return becomes(order, send("order", orderId, "CancelOrder", { reason: "its fulfilment was stopped" }), back);
  },
});
