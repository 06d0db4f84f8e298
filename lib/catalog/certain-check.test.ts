import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { certainCheck } from "@/lib/catalog/certain-check";
import { orderEvents } from "@/lib/domain/orders/events";

/** Schemas of payloads, made of everything that is checked here and of some that is not. */
const schemas: fc.Arbitrary<z.ZodType> = fc.letrec<{ schema: z.ZodType }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<z.ZodType>(
      ...[z.string(), z.string().min(1), z.string().length(2), z.string().max(3), z.email(), z.iso.date(), z.uuid()],
      ...[z.number(), z.int(), z.int().positive(), z.int().nonnegative(), z.number().lt(5), z.number().gte(-1)],
      ...[z.boolean(), z.null(), z.enum(["a", "b"]), z.literal("a"), z.string().regex(/a/g), z.string().trim()],
      ...[z.string().default("a"), z.string().transform((text) => `${text}!`), z.number().multipleOf(2), z.unknown()],
      ...[z.coerce.string(), z.string().refine((text) => text !== "b"), z.literal(["a", 1, null]), z.url()],
    ),
    tie("schema").map((schema) => schema.optional()),
    tie("schema").map((schema) => schema.nullable()),
    tie("schema").map((schema) => z.array(schema).min(1)),
    members(tie("schema")).map((shape) => z.object(shape)),
    members(tie("schema")).map((shape) => z.strictObject(shape)),
    members(tie("schema")).map((shape) => z.looseObject(shape)),
  ),
})).schema;

function members<T>(value: fc.Arbitrary<T>) {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "toString"), value), {
      selector: ([name]) => name,
      maxLength: 3,
    })
    .map((entries) => Object.fromEntries(entries));
}

const leaves = fc.constantFrom<unknown>(
  ...["", "a", "b", "ab", "abcd", " a", "2026-03-14", "2026-02-30", "a@example.org", 0, -0, 1, -1, 1.5, 2 ** 53, 4],
  ...[true, false, null, "6f1b3f3e-6d0a-4c39-9d5b-0d1f5c1f7a11"],
);
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    { arbitrary: leaves, weight: 4 },
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d", "__proto__", "toString"), tie("value")), {
        selector: ([name]) => name,
        maxLength: 4,
      })
      .map((entries) =>
        JSON.parse(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`),
      ),
  ),
})).value;

test("what is certain passes the schema, and comes out of it letter by letter as it went in", () => {
  let certain = 0;
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      if (!certainCheck(schema)?.(value)) return;
      certain += 1;
      const text = JSON.stringify(value);
      expect(JSON.stringify(schema.parse(value))).toBe(text);
    }),
    { numRuns: 20_000 },
  );
  expect(certain).toBeGreaterThan(200);
});

test("an order's events are certain, and not once something in them is different", () => {
  const placed = {
    customerId: "c-1",
    lines: [{ sku: "SKU-1", title: "Mug", quantity: 1, unitCents: 5 }],
    totalCents: 5,
    shipTo: { name: "A", street: "B 1", postcode: "1", city: "C", country: "DE" },
  };
  const check = certainCheck(orderEvents.OrderPlaced.schema);
  expect(check?.(placed)).toBe(true);
  expect(check?.({ ...placed, totalCents: -1 })).toBe(false);
  expect(check?.({ ...placed, lines: [] })).toBe(false);
  expect(check?.({ ...placed, more: 1 })).toBe(false);
  expect(check?.(Object.fromEntries(Object.entries(placed).reverse()))).toBe(false);
  expect(check?.({ ...placed, shipTo: { ...placed.shipTo, country: undefined } })).toBe(false);
});
