import fc from "fast-check";
import { expect, test } from "vitest";
import { runCommands } from "@/lib/testing/run-commands";
import { order } from "./decider";
import { totalOf } from "./order";

const shipTo = { name: "Ada King", street: "12 Mill Lane", postcode: "CB1 2AB", city: "Cambridge", country: "GB" };
const sku = fc.constantFrom("MUG-01", "LAMP-03");
const quantity = fc.integer({ min: 1, max: 5 });
const article = fc.record({ sku, title: fc.constant("x"), quantity, unitCents: fc.integer({ min: 0, max: 99_999 }) });
const named = (name: string, input: fc.Arbitrary<unknown>) => fc.record({ name: fc.constant(name), input });

const returned = fc.oneof(
  fc.constant([{ sku: "MUG-01", quantity: 1 }]),
  fc.array(fc.record({ sku, quantity }), { minLength: 1, maxLength: 3 }),
);

/** Anything at any time; it comes after some steps of a good life, so that late statuses are reached. */
const commands = fc.oneof(
  named("AddItem", article),
  named("RemoveItem", fc.record({ sku, quantity })),
  named("PlaceOrder", fc.constant({ shipTo })),
  named("ConfirmReservation", fc.constant({ warehouse: "north" })),
  named("AuthorisePayment", fc.record({ paymentId: fc.constant("pay-1"), amountCents: fc.constant(2_500) })),
  named("CapturePayment", fc.record({ paymentId: fc.constantFrom("pay-1", "pay-2") })),
  named("ShipOrder", fc.constant({ carrier: "Post", trackingCode: "T-1" })),
  named("DeliverOrder", fc.constant({ signedBy: "Ada King" })),
  named("ReturnOrder", fc.record({ items: returned, reason: fc.constant("x") })),
  named("CancelOrder", fc.constant({ reason: "x" })),
  named("RefundOrder", fc.constant({})),
);
const cart = [
  { name: "OpenCart", input: { customerId: "c-1", name: "Ada King", email: "ada@example.org" } },
  { name: "AddItem", input: { sku: "MUG-01", title: "Mug", quantity: 2, unitCents: 1_250 } },
];
const steps = [
  { name: "PlaceOrder", input: { shipTo } },
  { name: "ConfirmReservation", input: { warehouse: "north" } },
  { name: "AuthorisePayment", input: { paymentId: "pay-1", amountCents: 2_500 } },
  { name: "CapturePayment", input: { paymentId: "pay-1" } },
  { name: "ShipOrder", input: { carrier: "Post", trackingCode: "T-1" } },
  { name: "DeliverOrder", input: { signedBy: "Ada King" } },
];
const goodLife = fc.integer({ min: 0, max: steps.length }).map((lived) => steps.slice(0, lived));

test("whatever is asked, totals add up and nobody gets back more than was paid", () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(goodLife, fc.array(commands, { maxLength: 25, size: "max" }), (life, anything) => {
      const { states, events } = runCommands(order, [...cart, ...life, ...anything]);
      for (const state of states) {
        reached.add(state.status);
        expect(state.totalCents).toBe(totalOf(state.lines));
        expect(state.owedCents).toBeGreaterThanOrEqual(0);
      }
      const sum = (type: string) =>
        events
          .filter((event) => event.type === type)
          .reduce((total, { data }) => total + (data as { amountCents: number }).amountCents, 0);
      expect(sum("PaymentCaptured")).toBeLessThanOrEqual(sum("PaymentAuthorised"));
      expect(sum("PaymentRefunded")).toBeLessThanOrEqual(sum("PaymentCaptured"));
    }),
    { numRuns: 300 },
  );
  // The property would hold of orders that never leave the cart, too: it must have seen the ends of their lives.
  expect([...reached]).toEqual(expect.arrayContaining(["delivered", "returned", "refunded", "cancelled"]));
});
