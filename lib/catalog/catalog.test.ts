import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { type DomainModule, defineEvents, defineModule, defineUpcaster, personal } from "@/lib/define";
import { storedEvent } from "@/lib/testing/stored-event";

const events = defineEvents({
  Weighed: [
    3,
    z.object({
      by: z.string(),
      name: personal(z.string(), "by"),
      grams: z.int(),
      notes: z.array(z.object({ text: personal(z.string(), "by") })),
    }),
  ],
});
const upcasters = [
  defineUpcaster({
    type: "Weighed",
    from: 2,
    to: 3,
    up: (old: { by: string; who: string; grams: number }) => ({
      by: old.by,
      name: old.who,
      grams: old.grams,
      notes: [],
    }),
    personal: { who: "by" },
  }),
  defineUpcaster({
    type: "Weighed",
    from: 1,
    to: 2,
    up: ({ kg, ...rest }: { kg: number }) => ({ ...rest, grams: Math.round(kg * 1000) }),
  }),
];
const parcels = defineModule({ name: "parcels", description: "", events, upcasters, deciders: [], projections: [] });
const catalog = createCatalog([parcels]);
const weighed = (schemaVersion: number, data: unknown) =>
  storedEvent({ type: "Weighed", schemaVersion, data: typeof data === "string" ? data : JSON.stringify(data) });
const current = { by: "u-1", name: "Ada", grams: 1500, notes: [] };

describe("decoding", () => {
  test("brings every old version to the current one, step by step", () => {
    const decoding = catalog.decode(weighed(1, { by: "u-1", who: "Ada", kg: 1.5 }));
    expect(decoding).toMatchObject({ status: "decoded", events: [{ schemaVersion: 3, index: 0, data: current }] });
  });

  test("takes no step from the current version", () => {
    expect(catalog.decode(weighed(3, current))).toMatchObject({ status: "decoded", events: [{ data: current }] });
    expect(catalog.upcast(weighed(3, current))).toMatchObject({ status: "decoded", steps: [] });
  });

  test.each([0, 4])("names schema version %i as unknown instead of guessing", (schemaVersion) =>
    expect(catalog.decode(weighed(schemaVersion, current))).toEqual({
      status: "unknown-version",
      type: "Weighed",
      schemaVersion,
      oldest: 1,
      current: 3,
    }),
  );

  test.each(["Lost", "constructor", "__proto__"])("names the type %s as unknown", (type) =>
    expect(catalog.decode(storedEvent({ type, data: "{}" }))).toEqual({ status: "unknown-type", type }),
  );

  test.each([
    ["parse", 3, "{"],
    ["upcast", 1, "null"],
    ["validate", 3, { ...current, grams: 1.5 }],
    ["validate", 1, { by: "u-1", who: "Ada", kg: "heavy" }],
  ])("tells that the stage %s of version %i broke, and on which event", (stage, version, data) => {
    const decoding = catalog.decode({ ...weighed(version, data), stream: "parcel-7", version: 9 });
    expect(decoding).toMatchObject({
      status: "failed",
      stage,
      error: { facts: { stream: "parcel-7", version: 9, stage } },
    });
  });

  test("says nothing of the payload's values in an error", () => {
    const decoding = catalog.decode(weighed(3, { ...current, name: 7, by: "secret-subject" }));
    expect(JSON.stringify(decoding, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
      "secret",
    );
  });
});

describe("upcasting for a person", () => {
  test("shows the payload before and after each step, untouched by later steps", () => {
    const stored = { by: "u-1", who: "Ada", kg: 1.5 };
    const between = { by: "u-1", who: "Ada", grams: 1500 };
    const form = (schemaVersion: number, data: unknown) => ({ type: "Weighed", schemaVersion, data });
    expect(catalog.upcast(weighed(1, stored))).toEqual({
      status: "decoded",
      forms: [form(3, current)],
      steps: [
        { before: form(1, stored), after: [form(2, between)] },
        { before: form(2, between), after: [form(3, current)] },
      ],
    });
  });

  test("keeps the steps that succeeded when validation fails", () =>
    expect(catalog.upcast(weighed(2, { by: "u-1", grams: 1500 }))).toMatchObject({
      status: "failed",
      stage: "validate",
      steps: [{ before: { schemaVersion: 2 }, after: [{ schemaVersion: 3 }] }],
    }));
});

test("personal paths reach into arrays and name old forms too", () =>
  expect(catalog.personalPaths("Weighed")).toEqual([
    { path: "name", subject: "by" },
    { path: "notes.*.text", subject: "by" },
    { path: "who", subject: "by" },
  ]));

test("the description is JSON-safe and lists every version", () => {
  const { events } = JSON.parse(JSON.stringify(catalog.describe()));
  expect(events).toMatchObject([
    { type: "Weighed", schemaVersion: 3, versions: [1, 2, 3], schema: { type: "object" } },
  ]);
});

describe("modules that contradict each other are refused", () => {
  const refused =
    (change: Partial<DomainModule>, ...more: DomainModule[]) =>
    () =>
      createCatalog([{ ...parcels, ...change }, ...more]);
  test("a type declared twice", () =>
    expect(refused({}, { ...parcels, name: "other" })).toThrow("event type Weighed is declared twice"));
  test("a gap in the upcasters", () =>
    expect(refused({ upcasters: upcasters.filter(({ from }) => from === 1) })).toThrow("do not lead to version 3"));
  test("an upcaster of a type that is not there", () =>
    expect(refused({ upcasters: [...upcasters, { type: "Lost", from: 1, to: 2, up: (data) => data }] })).toThrow(
      "upcasts Lost",
    ));
  test("personal data of a subject that the payload does not name", () =>
    expect(
      refused({
        events: defineEvents({ Weighed: [1, z.object({ name: personal(z.string(), "whom") })] }),
        upcasters: [],
      }),
    ).toThrow("Weighed has no whom"));
});
