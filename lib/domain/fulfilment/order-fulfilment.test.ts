import { describe, expect, test } from "vitest";
import { inventoryEvents } from "@/lib/domain/inventory/events";
import { orderEvents } from "@/lib/domain/orders/events";
import { processStory } from "@/lib/testing/process-story";
import { orderFulfilment } from "./order-fulfilment";

const { OrderPlaced, OrderReserved, PaymentCaptured, OrderShipped, OrderCancelled, PaymentRefunded } = orderEvents;
const { StockReserved, ReservationReleased, StockShipped } = inventoryEvents;

const orderId = "o-1";
const stream = "order-o-1";
const line = (sku: string) => ({ sku, title: sku, quantity: 2, unitCents: 500 });
const header = { customerId: "c-1", placedOn: "2026-01-05", totalCents: 2_000 };
const shipTo = { name: "Ada", street: "Mill Lane 1", postcode: "1000", city: "Town", country: "SE" };
const placed = [stream, OrderPlaced({ ...header, lines: [line("MUG"), line("POT")], shipTo })] as const;
const held = (sku: string) => [`inventory-${sku}`, StockReserved({ sku, orderId, quantity: 2 })] as const;
const back = (sku: string) =>
  [`inventory-${sku}`, ReservationReleased({ sku, orderId, quantity: 2, reason: "" })] as const;
const out = (sku: string) => [`inventory-${sku}`, StockShipped({ sku, orderId, quantity: 2 })] as const;
const reserved = [stream, OrderReserved({ ...header, warehouse: "north" })] as const;
const payment = { ...header, paymentId: "p-1", amountCents: 2_000 };
const paid = [stream, PaymentCaptured(payment)] as const;
const shipped = [stream, OrderShipped({ ...header, carrier: "Swiftpost", trackingCode: "T1" })] as const;
const cancelled = (owedCents = 0) =>
  [stream, OrderCancelled({ ...header, reason: "", cancelledAt: owedCents ? "paid" : "placed", owedCents })] as const;
const no = (command: string, category: string, id: string) => ({ command, category, id, code: "no" });
const order = processStory(orderFulfilment, orderId);
const allBack = ["cancel reservation", "cancel payment", "cancel shipment"];

describe("an order that comes about", () => {
  test("has its stock reserved line by line, is confirmed when all of it is held, and then waits for payment", () => {
    expect(order.saw(placed).did).toEqual([
      "ReserveStock inventory-MUG",
      "ReserveStock inventory-POT",
      "set reservation",
    ]);
    expect(order.saw(placed, held("MUG")).did).toEqual([]);
    expect(order.saw(placed, held("MUG"), held("POT")).did).toEqual(["ConfirmReservation order-o-1"]);
    expect(order.saw(placed, held("MUG"), held("POT"), reserved)).toMatchObject({
      did: ["cancel reservation", "set payment"],
      stage: "awaiting payment",
    });
  });
  test("waits for shipment once it is paid, is booked out when it has shipped, and is over when all of it is out", () => {
    const ready = order.saw(placed, held("MUG"), held("POT"), reserved);
    expect(ready.saw(paid)).toMatchObject({ did: [...allBack, "set shipment"], stage: "awaiting shipment" });
    const gone = ready.saw(paid, shipped);
    expect(gone).toMatchObject({
      did: [...allBack, "ShipStock inventory-MUG", "ShipStock inventory-POT"],
      ended: false,
    });
    expect(gone.saw(out("MUG")).ended).toBe(false);
    expect(gone.saw(out("MUG"), out("POT"))).toMatchObject({ ended: true, stage: "shipped" });
  });
  test("is over at once when the warehouse has booked it out by hand", () =>
    expect(order.saw(placed, held("MUG"), held("POT"), reserved, paid, out("MUG"), out("POT"), shipped)).toMatchObject({
      ended: true,
      stage: "shipped",
    }));
});

describe("an order that does not come about", () => {
  test("is called off when an article is missing, and what is held or comes to be held is given back", () => {
    const missing = order.saw(placed, held("MUG")).heardNo(no("ReserveStock", "inventory", "POT"));
    expect(missing).toMatchObject({ did: [...allBack, "CancelOrder order-o-1"], stage: "calling off" });
    expect(missing.saw(cancelled()).did).toEqual([...allBack, "ReleaseReservation inventory-MUG"]);
    expect(missing.saw(cancelled(), back("MUG"))).toMatchObject({ ended: true, stage: "called off" });
    const early = order.saw(placed).heardNo(no("ReserveStock", "inventory", "POT"));
    expect(early.saw(cancelled(), held("MUG"))).toMatchObject({
      did: ["ReleaseReservation inventory-MUG"],
      ended: false,
    });
    const none = early.heardNo(no("ReserveStock", "inventory", "MUG"));
    expect(none.saw(cancelled())).toMatchObject({ ended: true, stage: "called off" });
  });
  test.each(["reservation", "payment", "shipment"])("is called off when %s does not come in time", (timer) =>
    expect(order.saw(placed).woke(timer).did).toEqual([...allBack, "CancelOrder order-o-1"]),
  );
  test("called off by the customer after payment gives stock and money back, and is over when both are", () => {
    const late = order.saw(placed, held("MUG"), held("POT"), reserved, paid, cancelled(2_000));
    expect(late.did).toEqual([
      ...allBack,
      "ReleaseReservation inventory-MUG",
      "ReleaseReservation inventory-POT",
      "RefundOrder order-o-1",
    ]);
    expect(late.saw(back("MUG"), back("POT")).ended).toBe(false);
    const refunded = [stream, PaymentRefunded({ ...payment, because: "cancelled" })] as const;
    expect(late.saw(back("MUG"), refunded, back("POT"))).toMatchObject({ ended: true, stage: "called off" });
  });
  test("that has shipped while it was being called off is booked out all the same", () => {
    const late = order.saw(placed, held("MUG"), held("POT"), reserved, paid).woke("shipment");
    const shippedFirst = late.heardNo(no("CancelOrder", "order", orderId)).saw(shipped, out("MUG"), out("POT"));
    expect(shippedFirst).toMatchObject({ ended: true, stage: "shipped" });
  });
  test("stopped by an operator gives back all that is or may be held", () => {
    expect(order.saw(placed, held("MUG")).wasCancelled().did).toEqual([
      "CancelOrder order-o-1",
      "ReleaseReservation inventory-MUG",
      "ReleaseReservation inventory-POT",
    ]);
    const leaving = order.saw(placed, held("MUG"), held("POT"), reserved, paid, shipped, out("MUG"));
    expect(leaving.wasCancelled().did).toEqual(["ShipStock inventory-POT"]);
  });
});

test("an order that is recorded half a day after it was placed was fulfilled by hand", () => {
  const [, event] = placed;
  const at = (occurredAt: string) =>
    orderFulfilment.begins({ ...event, occurredAt, recordedAt: "2026-01-05T22:00:00.000000Z" } as never);
  expect(at("2026-01-05T14:00:00.000000Z")).toBe(true);
  expect(at("2026-01-05T09:59:59.000000Z")).toBe(false);
});
