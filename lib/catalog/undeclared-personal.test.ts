import { expect, test } from "vitest";
import { z } from "zod";
import { notPersonalPaths, undeclaredPersonal } from "@/lib/catalog/undeclared-personal";
import { defineEvents, defineModule, notPersonal, personal } from "@/lib/define";
import { modules } from "@/lib/domain";

function moduleOf(shape: z.core.$ZodShape) {
  const events = defineEvents({ Made: [1, z.object({ id: z.string(), ...shape })] });
  return defineModule({ name: "m", description: "m", events, upcasters: [], deciders: [], projections: [] });
}

test("no field of the built-in domains sounds personal and says nothing about it", () => {
  expect(undeclaredPersonal(modules)).toEqual([]);
});

test("a field that sounds personal is told of wherever it stands, until it says whose it is or why nobody's", () => {
  const found = undeclaredPersonal([
    moduleOf({
      email: z.email(),
      guests: z.array(z.object({ firstName: z.string().nullable(), id: z.string() })),
      contact: z.union([z.object({ kind: z.literal("a"), phone: z.string() }), z.null()]),
      byDay: z.record(z.string(), z.object({ home_address: z.string() })),
      owner: personal(z.object({ name: z.string() }), "id"),
      warehouseName: notPersonal(z.string(), "a building of ours"),
      renamed: z.boolean(),
    }),
  ]);
  expect(found).toEqual(["Made.email", "Made.guests.*.firstName", "Made.contact.phone", "Made.byDay.*.home_address"]);
});

test("what is said to be about nobody is known by its place, whatever is below it", () => {
  const desk = notPersonal(z.object({ name: z.string() }), "a desk of ours");
  const made = moduleOf({
    desk,
    lines: z.array(z.object({ title: notPersonal(z.string(), "of goods") })),
    other: z.string(),
  });
  expect(notPersonalPaths([made]).get("Made")).toEqual(new Set(["desk", "lines.*.title"]));
});
