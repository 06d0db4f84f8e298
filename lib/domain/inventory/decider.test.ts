import { describe, test } from "vitest";
import type { DomainEvent } from "@/lib/define";
import { scenario } from "@/lib/testing/scenario";
import { inventory } from "./decider";
import { inventoryEvents } from "./events";

const { StockReceived, StockReserved, ReservationReleased, StockShipped, StockReturned, StockAdjusted } =
  inventoryEvents;

const sku = "42";
const received = StockReceived({ sku, quantity: 10, supplier: "Northwind", batch: null });
const reserved = StockReserved({ sku, orderId: "o-1", quantity: 4 });
const given = (...events: readonly DomainEvent[]) => scenario(inventory).given(...events);

describe("stock", () => {
  test("is received with or without a batch", () =>
    given().when("ReceiveStock", { quantity: 10, supplier: "Northwind" }).thenRecorded(received));
  test("is held for an order", () =>
    given(received).when("ReserveStock", { orderId: "o-1", quantity: 4 }).thenRecorded(reserved));
  test("reserving twice records nothing", () =>
    given(received, reserved).when("ReserveStock", { orderId: "o-1", quantity: 4 }).thenRecorded());
  test("an order's reservation does not change its size unsaid", () =>
    given(received, reserved)
      .when("ReserveStock", { orderId: "o-1", quantity: 5 })
      .thenRejected("inventory.already-reserved"));
  test("held pieces cannot be held again", () =>
    given(received, reserved)
      .when("ReserveStock", { orderId: "o-2", quantity: 7 })
      .thenRejected("inventory.insufficient-stock"));
  test("an order named like a member of every object holds nothing of itself", () =>
    given(received).when("ShipStock", { orderId: "constructor" }).thenRejected("inventory.not-reserved"));
  test("a release gives up the whole reservation, once", () => {
    const released = ReservationReleased({ sku, orderId: "o-1", quantity: 4, reason: "cancelled" });
    const release = { orderId: "o-1", reason: "cancelled" };
    given(received, reserved).when("ReleaseReservation", release).thenRecorded(released);
    given(received, reserved, released).when("ReleaseReservation", release).thenRecorded();
  });
  test("ships what is held", () =>
    given(received, reserved)
      .when("ShipStock", { orderId: "o-1" })
      .thenRecorded(StockShipped({ sku, orderId: "o-1", quantity: 4 })));
  test("ships nothing that is not held", () =>
    given(received).when("ShipStock", { orderId: "o-1" }).thenRejected("inventory.not-reserved"));
  test("returned pieces are back", () =>
    given(received)
      .when("TakeBack", { orderId: "o-1", quantity: 1 })
      .thenRecorded(StockReturned({ sku, orderId: "o-1", quantity: 1 })));
  test("a count corrects the books", () =>
    given(received)
      .when("AdjustStock", { delta: -2, reason: "broken" })
      .thenRecorded(StockAdjusted({ sku, delta: -2, reason: "broken" })));
  test("held pieces cannot be written off", () =>
    given(received, reserved)
      .when("AdjustStock", { delta: -7, reason: "broken" })
      .thenRejected("inventory.below-reserved"));
});
