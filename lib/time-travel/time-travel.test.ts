import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { command, defineDecider, defineEvents, defineModule, reject } from "@/lib/define";
import { applyChanges } from "@/lib/kernel/json-changes";
import { parsePath, valueAt } from "@/lib/kernel/json-path";
import { createMemoryStore } from "@/lib/testing/memory-store";
import { bisect } from "@/lib/time-travel/bisect";
import { blame } from "@/lib/time-travel/blame";
import { stateAt } from "@/lib/time-travel/state-at";
import { stateDiff } from "@/lib/time-travel/state-diff";
import { whatIf } from "@/lib/time-travel/what-if";

/** A shelf whose state has everything: lists that shrink, keys that come and go, values that are set to what they were. */
const events = defineEvents({
  Put: [2, z.object({ key: z.string(), value: z.json() })],
  Taken: [1, z.object({ key: z.string() })],
  Pushed: [1, z.object({ item: z.json() })],
  Shifted: [1, z.object({})],
});
type Shelf = {
  readonly things: Readonly<Record<string, unknown>>;
  readonly list: readonly unknown[];
  readonly owner: string;
};
const shelf = defineDecider<Shelf>()({
  category: "shelf",
  events,
  initialState: () => ({ things: {}, list: [], owner: "nobody" }),
  evolve: {
    Put: (state, { key, value }) => ({ ...state, things: { ...state.things, [key]: value } }),
    Taken: (state, { key }) => ({
      ...state,
      things: Object.fromEntries(Object.entries(state.things).filter(([name]) => name !== key)),
    }),
    Pushed: (state, { item }) => ({ ...state, list: [...state.list, item] }),
    Shifted: (state) => ({ ...state, list: state.list.slice(1) }),
  },
  commands: {
    PutThing: command({
      description: "Puts a thing on the shelf.",
      input: z.object({ key: z.string(), value: z.int() }),
      decide: (state: Shelf, { key, value }) => {
        if (Object.hasOwn(state.things, key)) return reject("shelf.taken", "Something stands there.");
        return value === 0 ? [] : events.Put({ key, value });
      },
    }),
  },
  personal: ["owner", "people.*.email"],
});
const catalog = createCatalog([
  defineModule({
    ...{ name: "shelves", description: "", events, deciders: [shelf], projections: [] },
    upcasters: [{ type: "Put", from: 1, to: 2, up: (data) => ({ key: (data as { k: string }).k, value: 1 }) }],
  }),
]);

type Happening = { readonly type: string; readonly data: unknown; readonly schemaVersion?: number };

/** A stream of these events, and each of its states by the plain fold: the one before the first event is at 0. */
async function lived(happenings: readonly Happening[]) {
  const store = createMemoryStore();
  const made = happenings.map(({ type, data, schemaVersion }) => ({
    ...{ type, schemaVersion: schemaVersion ?? (type === "Put" ? 2 : 1) },
    data: JSON.stringify(data),
  }));
  if (made.length > 0) await store.append({ writes: [{ stream: "shelf-1", expectedVersion: "none", events: made }] });
  const source = { store, catalog };
  const states: unknown[] = [shelf.initialState()];
  for (let version = 1; version <= made.length; version++) {
    states.push((await stateAt(source, "shelf-1", { version })).state);
  }
  return { source, store, states };
}

const key = fc.constantFrom("a", "b", "a.b", "__proto__", "0");
const value = fc.constantFrom<z.core.util.JSONType>(1, 2, "x", null, {}, [], { deep: { er: 1 } }, { deep: { er: 2 } }, [
  1,
  [2],
]);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ key, value }).map((data) => ({ type: "Put", data })) },
  fc.record({ key }).map((data) => ({ type: "Taken", data })),
  fc.record({ item: value }).map((data) => ({ type: "Pushed", data })),
  fc.constant({ type: "Shifted", data: {} }),
);
const life = fc.array(happening, { minLength: 1, maxLength: 25 });
const text = (state: unknown) => JSON.stringify(state);

describe("the difference of two states", () => {
  test("applied to the one gives the other, in whichever order they are asked for", () =>
    fc.assert(
      fc.asyncProperty(life, fc.nat({ max: 25 }), fc.nat({ max: 25 }), async (happenings, from, to) => {
        const { source } = await lived(happenings);
        const diff = await stateDiff(source, "shelf-1", { version: from }, { version: to });
        expect(applyChanges(diff.from.state, diff.changes)).toEqual(diff.to.state);
        expect(diff.to.state).toEqual((await stateAt(source, "shelf-1", { version: to })).state);
      }),
      { numRuns: 150 },
    ));
});

describe("blame", () => {
  test("names for every value the event that a look at each pair of neighbouring states would name", () =>
    fc.assert(
      fc.asyncProperty(life, async (happenings) => {
        const { source, states } = await lived(happenings);
        const { values } = await blame(source, "shelf-1");
        const last = states.at(-1);
        for (const { path, value: found, setBy } of values) {
          const place = parsePath(path) ?? [];
          expect(found).toEqual(valueAt(last, place));
          let expected = 0;
          for (let version = 1; version < states.length; version++) {
            const [before, after] = [valueAt(states[version - 1], place), valueAt(states[version], place)];
            if (text(before) !== text(after)) expected = version;
          }
          expect([path, setBy?.version ?? 0]).toEqual([path, expected]);
        }
        // Nothing of the state is left out: put together, the values are the state.
        const leaves = values.map(({ path }) => path);
        expect(new Set(leaves).size).toBe(leaves.length);
        expect(leaves.length).toBe(countLeaves(last));
      }),
      { numRuns: 300 },
    ));

  test("of a version knows nothing of what came later, and says who acted", async () => {
    const { source } = await lived([
      { type: "Put", data: { key: "a", value: 1 } },
      { type: "Put", data: { key: "a", value: 2 } },
    ]);
    const { values, version } = await blame(source, "shelf-1", 1);
    expect(version).toBe(1);
    expect(values.find(({ path }) => path === "things.a")).toMatchObject({
      value: 1,
      setBy: { version: 1, type: "Put" },
    });
    expect(values.find(({ path }) => path === "owner")).toMatchObject({ value: "nobody", setBy: null });
  });
});

function countLeaves(state: unknown): number {
  if (typeof state !== "object" || state === null) return 1;
  const members = Object.values(state);
  return members.length === 0 ? 1 : members.reduce<number>((sum, member) => sum + countLeaves(member), 0);
}

describe("bisect", () => {
  const condition = fc.constantFrom(
    "things.a == 1",
    "exists(things.b)",
    "!exists(things.a) && list.length > 1",
    "changed(list)",
    'things["a.b"].deep.er >= 2 || list.length >= 3',
  );
  const linear: Readonly<Record<string, (state: Shelf, before: Shelf) => boolean>> = {
    "things.a == 1": ({ things }) => own(things, "a") === 1,
    "exists(things.b)": ({ things }) => own(things, "b") !== undefined,
    "!exists(things.a) && list.length > 1": ({ things, list }) => own(things, "a") === undefined && list.length > 1,
    "changed(list)": ({ list }, before) => text(list) !== text(before.list),
    'things["a.b"].deep.er >= 2 || list.length >= 3': ({ things, list }) =>
      valueAt(things, ["a.b", "deep", "er"]) === 2 || list.length >= 3,
  };

  test("finds what looking at every state from the first on finds, folding no event twice", () =>
    fc.assert(
      fc.asyncProperty(life, condition, fc.nat({ max: 10 }), async (happenings, where, after) => {
        const { source, states } = await lived(happenings);
        const found = await bisect(source, "shelf-1", { where, after });
        const holds = linear[where];
        const expected = states.findIndex(
          (state, version) => version > after && holds?.(state as Shelf, states[version - 1] as Shelf),
        );
        expect(found.found?.version ?? -1).toBe(expected);
        expect(found.foldedEvents).toBe(expected === -1 ? happenings.length : expected);
        if (found.found) expect(applyChanges(states[expected - 1], found.found.changes)).toEqual(states[expected]);
      }),
      { numRuns: 300 },
    ));

  test.each([
    'owner == "Ada"',
    "changed(owner)",
    "people.x.email == 1",
    "exists(people.x)",
    "people.x.email.length > 1",
  ])("does not find personal data by asking for it: %s", async (where) => {
    const { source } = await lived([]);
    await expect(bisect(source, "shelf-1", { where })).rejects.toMatchObject({
      code: "invalid-request",
      facts: { issues: [{ path: "where" }] },
    });
  });
});

function own(things: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(things, name) ? things[name] : undefined;
}

describe("what if", () => {
  const before = [
    { type: "Put", data: { key: "a", value: 1 } },
    { type: "Taken", data: { key: "a" } },
  ];

  test("a command is decided on the state of then, by the domain's own decider, and nothing is stored", async () => {
    const { source, store } = await lived(before);
    const no = await whatIf(source, "shelf-1", { version: 1, command: "PutThing", input: { key: "a", value: 3 } });
    expect(no).toMatchObject({ outcome: "rejected", rejection: { code: "shelf.taken" }, events: [], changes: [] });
    const yes = await whatIf(source, "shelf-1", { command: "PutThing", input: { key: "a", value: 3 } });
    expect(yes).toMatchObject({
      ...{ outcome: "accepted", version: 2, state: { things: { a: 3 } } },
      events: [{ type: "Put", schemaVersion: 2, version: 3, data: { key: "a", value: 3 } }],
      changes: [{ path: "things.a", kind: "added", after: 3 }],
    });
    expect(store.events.length).toBe(2);
  });

  test("events are folded as if they had been appended, old schema versions upcast", async () => {
    const { source, store } = await lived(before);
    const supposed = {
      events: [
        { type: "Put", schemaVersion: 1, data: { k: "z" } },
        { type: "Pushed", data: { item: 5 } },
      ],
    };
    expect((await whatIf(source, "shelf-1", supposed)).state).toEqual({ things: { z: 1 }, list: [5], owner: "nobody" });
    expect(store.events.length).toBe(2);
  });

  test.each([
    [{ command: "Nothing", input: {} }, "not-found"],
    [{ command: "PutThing", input: { key: 1 } }, "invalid-request"],
    [{ events: [{ type: "Put", data: { key: 1 } }] }, "invalid-request"],
    [{ events: [{ type: "Unheard", data: {} }] }, "invalid-request"],
    [{ version: 1, at: "2026-01-01T00:00:00Z", events: [] }, "invalid-request"],
  ])("refuses what could never be: %j", async (supposed, code) => {
    const { source } = await lived(before);
    await expect(whatIf(source, "shelf-1", supposed as Parameters<typeof whatIf>[2])).rejects.toMatchObject({ code });
  });

  test("a stream that does not exist yet may be tried on, too", async () => {
    const { source } = await lived([]);
    const found = await whatIf(source, "shelf-1", { command: "PutThing", input: { key: "a", value: 1 } });
    expect(found).toMatchObject({ version: 0, events: [{ version: 1 }], state: { things: { a: 1 } } });
  });
});
