import fc from "fast-check";
import { expect, test } from "vitest";
import { runCommands } from "@/lib/testing/run-commands";
import { inventory } from "./decider";

const orderId = fc.constantFrom("o-1", "o-2", "o-3");
const quantity = fc.integer({ min: 1, max: 30 });
const commands = fc.oneof(
  fc.record({ name: fc.constant("ReceiveStock"), input: fc.record({ quantity, supplier: fc.constant("Northwind") }) }),
  fc.record({ name: fc.constant("ReserveStock"), input: fc.record({ orderId, quantity }) }),
  fc.record({ name: fc.constant("ReleaseReservation"), input: fc.record({ orderId, reason: fc.constant("x") }) }),
  fc.record({ name: fc.constant("ShipStock"), input: fc.record({ orderId }) }),
  fc.record({ name: fc.constant("TakeBack"), input: fc.record({ orderId, quantity }) }),
  fc.record({
    name: fc.constant("AdjustStock"),
    input: fc.record({ delta: fc.integer({ min: -30, max: 30 }), reason: fc.constant("stocktake") }),
  }),
);

test("no sequence of commands sells a piece twice or makes stock negative", () => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 60 }), (sequence) => {
      for (const stock of runCommands(inventory, sequence).states) {
        const held = Object.values(stock.reservations).reduce((sum, pieces) => sum + pieces, 0);
        expect(stock.reserved).toBe(held);
        expect(held).toBeGreaterThanOrEqual(0);
        expect(stock.onHand).toBeGreaterThanOrEqual(held);
      }
    }),
    { numRuns: 300 },
  );
});
