import { expect, test } from "vitest";
import { z } from "zod";
import { type Decider, defineEvents, defineModule, defineSplit, type FormStep } from "@/lib/define";
import { fingerprintOf } from "@/lib/snapshots/fingerprint";

const counted = [1, z.object({ by: z.int(), note: z.string().optional() })] as const;
const cleared = [1, z.object({})] as const;

/** An evolve that takes these types, whatever it makes of them. */
const taking = (...types: readonly string[]) => Object.fromEntries(types.map((type) => [type, () => 0]));

/** A decider and what it stands in, with some of its declarations otherwise. */
function print(change: Partial<Decider> = {}, upcasters: readonly FormStep[] = []): string {
  const decider: Decider = {
    category: "counter",
    events: defineEvents({ Counted: counted, Cleared: cleared }),
    initialState: () => ({ sum: 0 }),
    evolve: taking("Counted", "Cleared"),
    commands: {},
    ...change,
  };
  const parts = { name: "counters", description: "", events: decider.events, deciders: [decider], projections: [] };
  return fingerprintOf(decider, [defineModule({ ...parts, upcasters })]);
}

test("the same declarations have the same fingerprint, in whatever order they are written", () => {
  expect(print()).toMatch(/^[0-9a-f]{16}$/);
  expect(print({ events: defineEvents({ Cleared: cleared, Counted: counted }) })).toBe(print());
  expect(print({ evolve: taking("Cleared", "Counted") })).toBe(print());
});

test.each<[what: string, change: Partial<Decider>, steps?: readonly FormStep[]]>([
  ["a raised stateVersion", { stateVersion: 2 }],
  ["another initial state", { initialState: () => ({ sum: 0, since: "" }) }],
  ["a type more in evolve", { evolve: taking("Counted", "Cleared", "Set") }],
  ["a field more in a schema", { events: defineEvents({ Counted: [1, z.object({ by: z.int() })], Cleared: cleared }) }],
  ["a raised schema version", { events: defineEvents({ Counted: [2, counted[1]], Cleared: cleared }) }],
  ["an upcasting step more", {}, [{ type: "Counted", from: 1, to: 2, up: (data) => data }]],
  ["a split into one of its types", {}, [defineSplit({ type: "Old", from: 1, into: { Cleared: 1 }, split: () => [] })]],
])("%s makes another one", (_, change, steps) => expect(print(change, steps)).not.toBe(print()));

test("a split that does not concern it makes none", () =>
  expect(print({}, [defineSplit({ type: "Old", from: 1, into: { Other: 1 }, split: () => [] })])).toBe(print()));
