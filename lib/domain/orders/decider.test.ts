import { describe, expect, test } from "vitest";
import type { DomainEvent } from "@/lib/define";
import { foldAll, scenario } from "@/lib/testing/scenario";
import { order } from "./decider";
import { orderEvents } from "./events";

const {
  CartOpened,
  ItemAdded,
  ItemRemoved,
  OrderPlaced,
  OrderReserved,
  PaymentAuthorised,
  PaymentCaptured,
  OrderShipped,
  OrderDelivered,
  OrderReturned,
  OrderCancelled,
  PaymentRefunded,
} = orderEvents;

const shipTo = { name: "Ada King", street: "12 Mill Lane", postcode: "CB1 2AB", city: "Cambridge", country: "GB" };
const customer = { customerId: "c-1", name: "Ada King", email: "ada@example.org" };
const mug = { sku: "MUG-01", title: "Mug", quantity: 2, unitCents: 1250 };
const lamp = { sku: "LAMP-03", title: "Lamp", quantity: 1, unitCents: 4900 };
const header = { customerId: "c-1", placedOn: "2026-01-05", totalCents: 7400 };

const opened = CartOpened(customer);
const filled = [opened, ItemAdded(mug), ItemAdded(lamp)];
const placed = [...filled, OrderPlaced({ customerId: "c-1", lines: [mug, lamp], totalCents: 7400, shipTo })];
const reserved = [...placed, OrderReserved({ ...header, warehouse: "north" })];
const authorised = [...reserved, PaymentAuthorised({ ...header, paymentId: "pay-1", amountCents: 7400 })];
const paid = [...authorised, PaymentCaptured({ ...header, paymentId: "pay-1", amountCents: 7400 })];
const shipped = [...paid, OrderShipped({ ...header, carrier: "Post", trackingCode: "T-1" })];
const delivered = [...shipped, OrderDelivered({ ...header, signedBy: "Ada King" })];
const itemsBack = { items: [{ sku: "MUG-01", quantity: 1 }], reason: "chipped" };
const returned = [...delivered, OrderReturned({ ...header, ...itemsBack, owedCents: 1250 })];
const refund = { ...header, paymentId: "pay-1", amountCents: 1250, because: "returned" } as const;
const given = (...events: readonly DomainEvent[]) => scenario(order).given(...events);

describe("a cart", () => {
  test("opens for a customer", () => given().when("OpenCart", customer).thenRecorded(opened));
  test("opening twice records nothing", () => given(opened).when("OpenCart", customer).thenRecorded());
  test("cannot be taken over by another customer", () =>
    given(opened)
      .when("OpenCart", { ...customer, customerId: "c-2" })
      .thenRejected("order.cart-taken"));
  test("takes items", () => given(opened).when("AddItem", mug).thenRecorded(ItemAdded(mug)));
  test("must be open to take items", () => given().when("AddItem", mug).thenRejected("order.no-cart"));
  test("holds at most 99 pieces of an article", () =>
    given(...filled)
      .when("AddItem", { ...mug, quantity: 98 })
      .thenRejected("order.too-many-pieces"));
  test("gives up all pieces of an article", () =>
    given(...filled)
      .when("RemoveItem", { sku: "MUG-01" })
      .thenRecorded(ItemRemoved({ sku: "MUG-01", quantity: 2 })));
  test("cannot give up what it does not hold", () =>
    given(...filled)
      .when("RemoveItem", { sku: "MUG-01", quantity: 3 })
      .thenRejected("order.not-so-many"));
  test("giving up an article that is gone records nothing", () =>
    given(opened).when("RemoveItem", { sku: "MUG-01" }).thenRecorded());
  test("adds up pieces of one article at its newest price", () =>
    expect(foldAll(order, [...filled, ItemAdded({ ...mug, quantity: 1, unitCents: 1000 })])).toMatchObject({
      totalCents: 3 * 1000 + 4900,
    }));
});

describe("placing", () => {
  test("orders what is in the cart, for what it costs", () =>
    given(...filled)
      .when("PlaceOrder", { shipTo })
      .thenRecorded(OrderPlaced({ customerId: "c-1", lines: [mug, lamp], totalCents: 7400, shipTo })));
  test("an empty cart is refused", () => given(opened).when("PlaceOrder", { shipTo }).thenRejected("order.cart-empty"));
  test("happens once", () =>
    given(...placed)
      .when("PlaceOrder", { shipTo })
      .thenRejected("order.already-placed"));
  test("settles the items", () =>
    given(...placed)
      .when("AddItem", mug)
      .thenRejected("order.already-placed"));
});

describe("fulfilment", () => {
  test("reserves a placed order", () =>
    given(...placed)
      .when("ConfirmReservation", { warehouse: "north" })
      .thenRecorded(OrderReserved({ ...header, warehouse: "north" })));
  test("authorises exactly the total", () =>
    given(...reserved)
      .when("AuthorisePayment", { paymentId: "pay-1", amountCents: 7399 })
      .thenRejected("order.amount-differs"));
  test("captures the payment that was authorised", () =>
    given(...authorised)
      .when("CapturePayment", { paymentId: "pay-1" })
      .thenRecorded(PaymentCaptured({ ...header, paymentId: "pay-1", amountCents: 7400 })));
  test("captures no other payment", () =>
    given(...authorised)
      .when("CapturePayment", { paymentId: "pay-2" })
      .thenRejected("order.other-payment"));
  test("ships only what is paid", () =>
    given(...authorised)
      .when("ShipOrder", { carrier: "Post", trackingCode: "T-1" })
      .thenRejected("order.not-paid"));
  test("delivers what was shipped", () =>
    given(...shipped)
      .when("DeliverOrder", { signedBy: "Ada King" })
      .thenRecorded(OrderDelivered({ ...header, signedBy: "Ada King" })));
  test("delivering twice records nothing", () =>
    given(...delivered)
      .when("DeliverOrder", { signedBy: "Bob" })
      .thenRecorded());
  test("of an order that does not exist is refused", () =>
    given().when("DeliverOrder", { signedBy: "Bob" }).thenRejected("order.unknown"));
});

describe("undoing", () => {
  test("a return is owed what the returned pieces cost", () =>
    given(...delivered)
      .when("ReturnOrder", itemsBack)
      .thenRecorded(OrderReturned({ ...header, ...itemsBack, owedCents: 1250 })));
  test("no more comes back than was ordered", () =>
    given(...delivered)
      .when("ReturnOrder", { items: [{ sku: "MUG-01", quantity: 3 }], reason: "chipped" })
      .thenRejected("order.not-so-many"));
  test("an article named twice cannot be returned twice", () =>
    given(...delivered)
      .when("ReturnOrder", { items: [itemsBack.items[0], itemsBack.items[0]], reason: "chipped" })
      .thenRejected("order.return-repeats"));
  test("a return is refunded once", () => {
    given(...returned)
      .when("RefundOrder", {})
      .thenRecorded(PaymentRefunded(refund));
    given(...returned, PaymentRefunded(refund))
      .when("RefundOrder", {})
      .thenRecorded();
  });
  test("cancelling a paid order owes all of it", () =>
    given(...paid)
      .when("CancelOrder", { reason: "changed my mind" })
      .thenRecorded(OrderCancelled({ ...header, reason: "changed my mind", cancelledAt: "paid", owedCents: 7400 })));
  test("cancelling an unpaid order owes nothing", () => {
    const event = OrderCancelled({ ...header, reason: "out of stock", cancelledAt: "placed", owedCents: 0 });
    given(...placed)
      .when("CancelOrder", { reason: "out of stock" })
      .thenRecorded(event);
    given(...placed, event)
      .when("RefundOrder", {})
      .thenRejected("order.nothing-owed");
  });
  test("what has left the house cannot be cancelled", () =>
    given(...shipped)
      .when("CancelOrder", { reason: "late" })
      .thenRejected("order.already-shipped"));
  test("a cancelled order goes no further", () =>
    given(...placed, OrderCancelled({ ...header, reason: "x", cancelledAt: "placed", owedCents: 0 }))
      .when("ConfirmReservation", { warehouse: "north" })
      .thenRejected("order.cancelled"));
});
