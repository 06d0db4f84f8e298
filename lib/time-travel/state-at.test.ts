import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { defineDecider, defineEvents, defineModule } from "@/lib/define";
import { createMemoryStore } from "@/lib/testing/memory-store";
import { stateAt } from "@/lib/time-travel/state-at";

const events = defineEvents({ Counted: [2, z.object({ by: z.int() })] });
const counter = defineDecider<{ sum: number }>()({
  category: "counter",
  events,
  initialState: () => ({ sum: 0 }),
  evolve: {
    Counted: ({ sum }, { by }) => {
      if (by === 13) throw new Error("unlucky");
      return { sum: sum + by };
    },
  },
  commands: {},
});
const catalog = createCatalog([
  defineModule({
    name: "counters",
    description: "",
    events,
    upcasters: [{ type: "Counted", from: 1, to: 2, up: (data) => ({ by: (data as { n: number }).n }) }],
    deciders: [counter],
    projections: [],
  }),
]);

const store = createMemoryStore();
const pages: number[] = [];
const source = {
  catalog,
  store: {
    readStreamToFold: (stream: string, page: { from: number; limit: number }) => {
      pages.push(page.limit);
      return store.readStreamToFold(stream, page);
    },
  },
};
const append = (stream: string, ...data: readonly (readonly [schemaVersion: number, data: unknown, type?: string])[]) =>
  store.append({
    writes: [
      {
        stream,
        expectedVersion: "any",
        events: data.map(([schemaVersion, payload, type = "Counted"]) => ({
          type,
          schemaVersion,
          data: JSON.stringify(payload),
        })),
      },
    ],
  });

beforeAll(async () => {
  await append("counter-1", [1, { n: 5 }], [2, { by: 7 }], [2, { by: 9 }]); // recorded at .000, .001 and .002
  await append("counter-broken", [2, { by: 1 }], [2, { by: 13 }]);
  await append("counter-odd", [2, { by: 1 }], [9, { by: 2 }], [1, {}, "Lost"], [2, { by: 4 }]);
  await append("other-1", [2, { by: 1 }]);
  await append("counter-long", ...Array.from({ length: 2_500 }, () => [2, { by: 1 }] as const));
});

describe("the state of a stream", () => {
  test("now is the fold of all its events, old versions included", async () =>
    expect(await stateAt(source, "counter-1")).toMatchObject({
      state: { sum: 21 },
      version: 3,
      foldedEvents: 3,
      known: true,
      complete: true,
    }));

  test.each([
    [0, null, 0],
    [1, { sum: 5 }, 1],
    [2, { sum: 12 }, 2],
    [99, { sum: 21 }, 3],
  ])("at version %i is the fold up to it", async (version, state, reached) =>
    expect(await stateAt(source, "counter-1", { version })).toMatchObject({ state, version: reached }),
  );

  test.each([
    ["2025-12-31T23:59:59Z", 0],
    ["2026-01-01T00:00:00.000Z", 1],
    ["2026-01-01T00:00:00.000999Z", 1],
    ["2026-01-01T01:00:00.001+01:00", 2],
    ["2030-01-01T00:00:00Z", 3],
  ])("at %s is what had been recorded by then", async (at, version) =>
    expect(await stateAt(source, "counter-1", { at })).toMatchObject({ version }),
  );

  test("that does not exist is empty", async () =>
    expect(await stateAt(source, "counter-nobody")).toMatchObject({ state: null, version: 0, known: true }));

  test("is not made up for a category that no decider folds", async () =>
    expect(await stateAt(source, "other-1")).toMatchObject({ state: null, version: 0, foldedEvents: 0, known: false }));

  test("names the events that were passed over as unknown", async () =>
    expect(await stateAt(source, "counter-odd")).toMatchObject({
      state: { sum: 5 },
      version: 4,
      foldedEvents: 2,
      passedOverCount: 2,
      passedOver: [
        { reason: "unknown-version", version: 2, schemaVersion: 9 },
        { reason: "unknown-type", version: 3, type: "Lost" },
      ],
    }));

  test("names the event that broke the fold", async () => {
    await expect(stateAt(source, "counter-broken")).rejects.toMatchObject({
      facts: { stream: "counter-broken", version: 2, type: "Counted", reason: "unlucky" },
    });
    expect(await stateAt(source, "counter-broken", { version: 1 })).toMatchObject({ state: { sum: 1 } });
  });

  test("of a long stream is folded page by page, and no further than asked", async () => {
    pages.length = 0;
    expect(await stateAt(source, "counter-long", { version: 2_001 })).toMatchObject({
      state: { sum: 2_001 },
      version: 2_001,
    });
    expect(pages).toEqual([100, 200, 400, 800, 501]);
  });

  test.each([
    { version: -1 },
    { version: 1.5 },
    { version: Number.NaN },
    { at: "yesterday" },
    { at: "2026-01-01" },
    { version: 1, at: "2026-01-01T00:00:00Z" },
  ])("refuses the point %o", (point) =>
    expect(stateAt(source, "counter-1", point)).rejects.toMatchObject({ code: "invalid-request" }),
  );
});
