import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { defineDecider, defineEvents, defineModule, FORGOTTEN } from "@/lib/define";
import { jsonChanges } from "@/lib/kernel/json-changes";
import { stateMask } from "@/lib/time-travel/mask-state";

const events = defineEvents({ Admitted: [1, z.object({ ward: z.string() })] });
const patient = defineDecider<object>()({
  ...{ category: "patient", events, initialState: () => ({}), commands: {} },
  evolve: { Admitted: (state, { ward }) => ({ ...state, ward }) },
  personal: ["name", "contacts.*.email", "address"],
});
const module = defineModule({
  name: "care",
  description: "",
  events,
  deciders: [patient],
  projections: [],
  upcasters: [],
});
const mask = stateMask(createCatalog([module]), "patient-7");

const secret = fc.nat({ max: 9 }).map((n) => `secret ${n}`);
const states = fc.record(
  {
    ward: fc.string({ maxLength: 3 }),
    name: secret,
    address: fc.oneof(secret, fc.record({ street: secret, lines: fc.array(secret, { maxLength: 2 }) })),
    contacts: fc.oneof(
      fc.array(fc.record({ email: secret, kind: fc.constantFrom("home", "work") }), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 3 }), fc.record({ email: secret, kind: fc.constantFrom("home", "work") })),
    ),
  },
  { requiredKeys: ["ward"] },
);

test("nothing that tells of a state, whole, in parts or by its changes, has a personal value, and all else is as it was", () => {
  fc.assert(
    fc.property(states, states, (before, after) => {
      const changes = jsonChanges(before, after);
      const told = mask.changes(changes);
      expect(JSON.stringify([mask.state(before), told])).not.toContain("secret");
      expect(told.map(({ path, kind }) => [path, kind])).toEqual(changes.map(({ path, kind }) => [path, kind]));
      expect(mask.state(before)).toMatchObject({ ward: before.ward });
    }),
  );
});

test("a part is masked as it would be in the state: at, above and below what is personal; forgotten ones say so", () => {
  const masked = mask.member("name", "Ada");
  expect(masked).toContain("masked");
  expect(mask.member("contacts[0].email", "ada@example.org")).toBe(masked);
  expect(mask.member("contacts[0].kind", "home")).toBe("home");
  expect(mask.member("contacts[0]", { email: "a", kind: "home" })).toEqual({ email: masked, kind: "home" });
  expect(mask.member("address.lines[1]", "12 Mill Lane")).toBe(masked);
  expect(mask.member("", { name: "Ada", ward: "3" })).toEqual({ name: masked, ward: "3" });
  expect(mask.member("address.street", FORGOTTEN)).toBe(FORGOTTEN);
  expect(mask.member("name", FORGOTTEN)).toBe(FORGOTTEN);
});
