import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { foldEvent } from "@/lib/catalog/fold";
import {
  type DomainEvent,
  defineDecider,
  defineEvents,
  defineModule,
  defineSplit,
  defineUpcaster,
  type FormStep,
} from "@/lib/define";
import { storedEvent } from "@/lib/testing/stored-event";

const events = defineEvents({
  Packed: [2, z.object({ grams: z.int() })],
  Posted: [1, z.object({ by: z.string() })],
});
const packedV1 = defineUpcaster({
  type: "Packed",
  from: 1,
  to: 2,
  up: ({ kg }: { kg: number }) => ({ grams: kg * 1000 }),
});
const into = { Packed: 1, Posted: 1 };
const sent = ({ kg, by }: { kg: number; by: string }): DomainEvent[] => [
  { type: "Packed", schemaVersion: 1, data: { kg } },
  { type: "Posted", schemaVersion: 1, data: { by } },
];
const sentV1 = defineSplit({ type: "Sent", from: 1, into, split: sent });

const parcel = defineDecider<string[]>()({
  category: "parcel",
  events,
  initialState: () => [],
  evolve: {
    Packed: (seen, { grams }, { index }) => [...seen, `packed ${grams} ${index}`],
    Posted: (seen, { by }, { index }) => [...seen, `posted ${by} ${index}`],
  },
  commands: {},
});
const catalogOf = (upcasters: readonly FormStep[]) =>
  createCatalog([defineModule({ name: "p", description: "", events, upcasters, deciders: [parcel], projections: [] })]);
const catalog = catalogOf([packedV1, sentV1]);
const stored = (data: unknown) =>
  storedEvent({ type: "Sent", data: JSON.stringify(data), version: 7, stream: "parcel-1" });

describe("one stored event that is read as several", () => {
  test("is each of them, in order, at the place of the one that is stored, and told apart by index", () => {
    const decoding = catalog.decode(stored({ kg: 2, by: "post" }));
    const { id, position } = stored({});
    const place = { id, stream: "parcel-1", version: 7, position };
    expect(decoding).toMatchObject({
      status: "decoded",
      events: [
        { ...place, index: 0, type: "Packed", schemaVersion: 2, data: { grams: 2000 } },
        { ...place, index: 1, type: "Posted", schemaVersion: 1, data: { by: "post" } },
      ],
    });
  });

  test("changes a state by all of them or by none", () => {
    expect(foldEvent(catalog, parcel, [], stored({ kg: 2, by: "post" }))).toEqual({
      state: ["packed 2000 0", "posted post 1"],
    });
    expect(() => foldEvent(catalog, parcel, [], stored({ kg: 2, by: 3 }))).toThrow("failed to validate: by:");
  });

  test("shows every step of the way, the upcasting of what it became included", () => {
    const upcast = catalog.upcast(stored({ kg: 2, by: "post" }));
    expect(upcast).toMatchObject({
      status: "decoded",
      forms: [{ type: "Packed", schemaVersion: 2 }, { type: "Posted" }],
      steps: [
        { before: { type: "Sent" }, after: [{ type: "Packed", schemaVersion: 1 }, { type: "Posted" }] },
        { before: { type: "Packed", schemaVersion: 1 }, after: [{ type: "Packed", schemaVersion: 2 }] },
      ],
    });
  });

  test("is read by whoever reads what it became", () => {
    expect(catalog.storedTypes(["Posted"])).toEqual(["Posted", "Sent"]);
    expect(catalog.storedTypes(["Packed", "Posted"])).toEqual(["Packed", "Posted", "Sent"]);
    expect(catalog.storedTypes(["Other"])).toEqual(["Other"]);
  });

  test("has no current form, and says what it becomes", () => {
    const described = catalog.describe().events.find(({ type }) => type === "Sent");
    expect(described).toMatchObject({ schema: null, versions: [1], becomes: ["Packed", "Posted"] });
  });

  test("of its own type, goes on from a newer version", () => {
    const halves = defineSplit({
      type: "Packed",
      from: 1,
      into: { Packed: 2 },
      split: ({ kg }: { kg: number }) =>
        [kg, kg].map((half) => ({ type: "Packed", schemaVersion: 2, data: { grams: half * 500 } })),
    });
    const decoding = catalogOf([halves]).decode(storedEvent({ type: "Packed", data: '{"kg":2}' }));
    expect(decoding).toMatchObject({
      events: [
        { index: 0, data: { grams: 1000 } },
        { index: 1, data: { grams: 1000 } },
      ],
    });
  });
});

describe("a split is refused", () => {
  const failing = (split: (data: never) => readonly DomainEvent[]) =>
    catalogOf([packedV1, defineSplit({ type: "Sent", from: 1, into, split })]).decode(stored({ kg: 1, by: "x" }));

  test("when it returns nothing: a stored event never vanishes", () =>
    expect(failing(() => [])).toMatchObject({
      status: "failed",
      stage: "upcast",
      error: { message: expect.stringContaining("no event at all") },
    }));
  test("when it returns its own type and version", () =>
    expect(failing(() => [{ type: "Sent", schemaVersion: 1, data: {} }])).toMatchObject({
      status: "failed",
      stage: "upcast",
    }));
  test("when it returns what it did not declare, another version included", () => {
    expect(failing(() => [{ type: "Lost", schemaVersion: 1, data: {} }])).toMatchObject({
      status: "failed",
      stage: "upcast",
    });
    expect(failing(() => [events.Packed({ grams: 1 })])).toMatchObject({ status: "failed", stage: "upcast" });
  });

  const declared =
    (into: Record<string, number>, type = "Sent") =>
    () =>
      catalogOf([...(type === "Packed" ? [] : [packedV1]), defineSplit({ type, from: 1, into, split: () => [] })]);
  test("when it is declared to become itself", () => {
    expect(declared({ Sent: 1 })).toThrow("Sent 1 becomes Sent 1: that never ends");
    expect(declared({ Packed: 1 }, "Packed")).toThrow("Packed 1 becomes Packed 1: that never ends");
  });
  test("when two of them become each other", () =>
    expect(() =>
      catalogOf([
        packedV1,
        defineSplit({ type: "A", from: 1, into: { B: 1 }, split: () => [] }),
        defineSplit({ type: "B", from: 1, into: { A: 1 }, split: () => [] }),
      ]),
    ).toThrow("never ends"));
  test("when it becomes what nobody knows, or nothing", () => {
    expect(declared({ Packed: 9 })).toThrow("Sent 1 becomes Packed 9, which is not known");
    expect(declared({})).toThrow("names nothing");
  });
});
