import { expect, test } from "vitest";
import { demandOf, demandsOf, safety } from "@/lib/operations/safety";

test("an open store asks for nothing more than the acts do", () => {
  expect(demandsOf("open")).toEqual({});
});

test("a store that asks wants a reason for what is grave, ticket and name for what nobody can take back, and nothing of clients", () => {
  const demands = demandsOf("ask");
  const grave = Object.entries(safety).filter(([, { level, byClients }]) => level > "S1" && !byClients);
  expect(Object.keys(demands).sort()).toEqual(grave.map(([name]) => name).sort());
  expect(demands["cancel-run"]).toEqual({ reason: true, ticket: false, confirm: false, locked: false });
  expect(demands["cancel-process-instance"]).toEqual({ reason: true, ticket: true, confirm: true, locked: false });
  expect(demands).not.toHaveProperty("append-events");
  expect(demands).not.toHaveProperty("pause-projection");
});

test("a locked store does what is taken back at once, what clients do, and nothing else", () => {
  expect(demandOf("locked", "pause-run").locked).toBe(false);
  expect(demandOf("locked", "send-command").locked).toBe(false);
  expect(demandOf("locked", "cancel-run").locked).toBe(true);
});

test("an act that nobody has graded counts as the gravest", () => {
  expect(demandOf("locked", "something-new").locked).toBe(true);
  expect(demandOf("ask", "something-new").confirm).toBe(true);
});
