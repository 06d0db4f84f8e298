import fc from "fast-check";
import { expect, test } from "vitest";
import { orderFulfilment } from "@/lib/domain/fulfilment/order-fulfilment";
import { layOut } from "./diagram-layout";

test("the usual course of an order is one straight line, and what goes wrong stands beside it", () => {
  const { stages, moves, ranks, columns } = layOut(orderFulfilment.moves);
  const places = Object.fromEntries(stages.map(({ stage, rank, column }) => [stage, [rank, column]]));
  expect(places).toEqual({
    "reserving stock": [0, 0],
    confirming: [1, 0],
    "awaiting payment": [2, 0],
    "awaiting shipment": [3, 0],
    "booking out": [4, 0],
    shipped: [5, 0],
    "calling off": [4, 1],
    "called off": [5, 1],
  });
  expect([ranks, columns]).toEqual([6, 2]);
  const back = moves.filter(({ way }) => way === "back").map(({ from, to }) => `${from} → ${to}`);
  expect(back).toEqual(["calling off → awaiting shipment", "calling off → booking out"]);
  expect(stages.filter(({ last }) => last).map(({ stage }) => stage)).toEqual(["shipped", "called off"]);
});

test("whatever moves a process has: each stage has a place of its own, and each move is drawn", () => {
  const stage = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const move = fc.record({ from: stage, to: stage, on: fc.constant(["X"]) });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 14 }), (moves) => {
      const { stages, moves: placed, ranks, columns } = layOut(moves);
      expect(new Set(stages.map(({ rank, column }) => `${rank} ${column}`)).size).toBe(stages.length);
      expect(placed).toHaveLength(moves.length);
      for (const { rank, column } of stages) expect(rank < ranks && column < columns).toBe(true);
    }),
  );
});
