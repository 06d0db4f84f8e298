import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { command, type Decider, defineDecider, defineEvents, defineModule, type Upcaster } from "@/lib/define";
import { createEventStore } from "@/lib/event-store/store";
import { createSnapshots } from "@/lib/snapshots/snapshots";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { stateAt } from "@/lib/time-travel/state-at";

/** A tally whose states grow and shrink, so that a wrong start cannot end right by luck. */
const events = defineEvents({ Tallied: [1, z.object({ by: z.int(), name: z.string() })] });
type Tally = { readonly sum: number; readonly names: Readonly<Record<string, number>> };
const tally = defineDecider<Tally>()({
  category: "tally",
  events,
  initialState: () => ({ sum: 0, names: {} }),
  evolve: {
    Tallied: ({ sum, names }, { by, name }, { version }) => ({
      sum: (sum * 3 + by) % 1_000_003,
      names: { ...names, [name]: version },
    }),
  },
  commands: {
    Tally: command({
      description: "Counts.",
      input: z.object({ by: z.int() }),
      decide: (state: Tally, { by }) => events.Tallied({ by, name: String(state.sum % 7) }),
    }),
  },
  snapshots: { every: 10 },
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.owner.query("truncate snapshots, snapshot_faults"));

/** The tally with another fold, its declarations being the same: what no fingerprint can see. */
function foldingBy(evolve: (state: Tally) => unknown, stateVersion = 1): Decider {
  const [type] = Object.keys(events);
  return { ...tally, stateVersion, evolve: { [type ?? ""]: evolve } } as unknown as Decider;
}

/** The store as a program with this decider sees it; a deploy is another call. */
function program(decider: Decider = tally, upcasters: readonly Upcaster[] = []) {
  const types = decider.events;
  const catalog = createCatalog([
    defineModule({ name: "tallies", description: "", events: types, upcasters, deciders: [decider], projections: [] }),
  ]);
  const store = createEventStore({ pool: database.pool });
  const snapshots = createSnapshots({ pool: database.pool, store, catalog, writer: "test" });
  const commands = createCommands({ store, catalog, snapshots, rememberedStreams: 0 });
  return { catalog, store, snapshots, commands };
}

let streams = 0;
async function grown(length: number): Promise<string> {
  const stream = `tally-${++streams}`;
  const made = Array.from({ length }, (_, at) => ({
    ...{ type: "Tallied", schemaVersion: 1 },
    data: JSON.stringify({ by: (at * 7) % 11, name: `n${at % 5}` }),
  }));
  await program().store.append({ writes: [{ stream, expectedVersion: "none", events: made }] });
  return stream;
}

/** A state by the fold alone, without any snapshot. */
const folded = async (stream: string, version?: number, decider?: Decider) => {
  const { store, catalog } = program(decider);
  return (await stateAt({ store, catalog }, stream, { version })).state;
};
const held = async (stream: string) => {
  const sql = "select version, fingerprint from snapshots where stream = $1 order by version";
  return (await database.pool.query<{ version: bigint; fingerprint: string }>(sql, [stream])).rows;
};
const versions = async (stream: string) => (await held(stream)).map(({ version }) => Number(version));
const faults = async (stream: string) => {
  const sql =
    "select fault, version::int, healed_at is not null as healed from snapshot_faults where stream = $1 order by id";
  return (await database.pool.query<{ fault: string; version: number; healed: boolean }>(sql, [stream])).rows;
};

test("whatever snapshots stand, however they were broken, every state is that of the full fold", async () => {
  const damage = fc.constantFrom("none", "text", "checksum", "event", "ahead", "stale", "gone");
  const life = fc.record({
    length: fc.integer({ min: 1, max: 260 }),
    asked: fc.array(fc.integer({ min: 1, max: 260 }), { minLength: 1, maxLength: 4 }),
    broken: fc.array(fc.record({ at: fc.integer({ min: 1, max: 26 }), damage }), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(life, async ({ length, asked, broken }) => {
      const stream = await grown(length);
      const { snapshots, store, catalog } = program();
      await snapshots.take(stream, { head: true });
      for (const { at, damage: kind } of broken) await breakSnapshot(stream, at * 10, kind);
      for (const version of asked) {
        const { state } = await stateAt({ store, catalog, snapshots }, stream, { version });
        expect(state).toEqual(await folded(stream, version));
      }
      expect((await stateAt({ store, catalog, snapshots }, stream)).state).toEqual(await folded(stream));
      await snapshots.idle();
    }),
    { numRuns: 40 },
  );
});

const DAMAGE: Readonly<Record<string, string>> = {
  none: "set taken_by = taken_by",
  text: "set state = replace(state::text, '\"sum\":', '\"sum\":1')::json",
  checksum: "set checksum = sha256('another')",
  event: "set event_id = gen_random_uuid()",
  ahead: "set version = version + 100000",
  stale: "set fingerprint = 'of other code'",
};

async function breakSnapshot(stream: string, version: number, kind: string): Promise<void> {
  const where = "where stream = $1 and version = $2";
  const sql = kind === "gone" ? `delete from snapshots ${where}` : `update snapshots ${DAMAGE[kind]} ${where}`;
  await database.pool.query(sql, [stream, version]).catch(() => undefined);
}

describe("a snapshot that cannot be trusted", () => {
  test.each([
    ["text", "corrupt"],
    ["checksum", "corrupt"],
    ["event", "other-history"],
    ["stale", "stale"],
  ])("is passed over, noted and taken anew: %s", async (kind, fault) => {
    const stream = await grown(130);
    const { snapshots, store, catalog } = program();
    await snapshots.take(stream);
    await database.pool.query(`update snapshots ${DAMAGE[kind]} where stream = $1`, [stream]);

    expect((await stateAt({ store, catalog, snapshots }, stream)).state).toEqual(await folded(stream));
    await snapshots.idle();
    expect((await faults(stream))[0]).toEqual({ fault, version: 130, healed: true });
    const loaded = await stateAt({ store, catalog, snapshots }, stream);
    expect(loaded).toMatchObject({ snapshotVersion: 130, foldedEvents: 0, state: await folded(stream) });
  });

  test("because its stream does not reach so far does not stop commands: they decide on what there is", async () => {
    const stream = await grown(120);
    const { snapshots, commands } = program();
    await snapshots.take(stream);
    await database.pool.query("update snapshots set version = version + 5000 where stream = $1 and version = 120", [
      stream,
    ]);
    const outcome = await commands.handle({
      category: "tally",
      id: stream.slice(6),
      command: "Tally",
      input: { by: 1 },
    });
    expect(outcome).toMatchObject({ outcome: "accepted", version: 121 });
    await snapshots.idle();
  });
});

describe("a snapshot of code that has changed", () => {
  const renamed = defineEvents({ Tallied: [2, z.object({ amount: z.int(), name: z.string(), unit: z.string() })] });
  const upcaster: Upcaster = {
    ...{ type: "Tallied", from: 1, to: 2 },
    up: (data) => {
      const { by, name } = data as { by: number; name: string };
      return { amount: by, name, unit: "piece" };
    },
  };
  /** A field renamed, one dropped, a required one added: the old state would not even have the right shape. */
  const changed = defineDecider<{ total: number; unit: string }>()({
    category: "tally",
    events: renamed,
    initialState: () => ({ total: 0, unit: "" }),
    evolve: { Tallied: ({ total }, { amount, unit }) => ({ total: total + amount, unit }) },
    commands: {},
    snapshots: { every: 10 },
  });

  test("with renamed, dropped and new required fields loads by the new code, warns, and heals", async () => {
    const stream = await grown(150);
    await program().snapshots.take(stream);
    const { snapshots, store, catalog } = program(changed, [upcaster]);
    const loaded = await stateAt({ store, catalog, snapshots }, stream);
    expect(loaded).toMatchObject({ snapshotVersion: null, state: { unit: "piece" } });
    expect(loaded.state).toEqual((await stateAt({ store, catalog }, stream)).state);
    await snapshots.idle();
    expect(await faults(stream)).toEqual([{ fault: "stale", version: 150, healed: true }]);
    expect(await stateAt({ store, catalog, snapshots }, stream)).toMatchObject({
      snapshotVersion: 150,
      state: loaded.state,
    });
    // Workers of the old code may run for a while: theirs is still there and still theirs.
    const old = program();
    expect(await stateAt(old, stream)).toMatchObject({ snapshotVersion: 150, state: { sum: expect.any(Number) } });
  });

  test("in `evolve` alone is told by a raised stateVersion", async () => {
    const stream = await grown(120);
    await program().snapshots.take(stream);
    const { snapshots, store, catalog } = program(foldingBy(({ sum }) => ({ sum: sum + 1, names: {} }), 2));
    expect((await stateAt({ store, catalog, snapshots }, stream)).state).toEqual({ sum: 120, names: {} });
    await snapshots.idle();
  });

  test("in `evolve` alone, with stateVersion forgotten, is found by verifying: taken away, with what differs", async () => {
    const stream = await grown(120);
    await program().snapshots.take(stream);
    const { snapshots } = program(foldingBy(({ names }) => ({ sum: 0, names })));
    const found = await snapshots.verify(stream);
    expect(found.same).toEqual([]);
    expect(found.wrong.map(({ fault }) => fault)).toEqual(Array.from({ length: 12 }, () => "drift"));
    expect(found.wrong[0]?.changes[0]).toMatchObject({ path: "sum", kind: "changed", after: 0 });
    expect(await versions(stream)).toEqual([]);
  });
});

describe("taking", () => {
  test("twice, and at once from several processes, stores the same once", async () => {
    const stream = await grown(95);
    const taken = await Promise.all([1, 2, 3].map(() => program().snapshots.take(stream)));
    expect(taken.flatMap((one) => one.versions).sort((a, b) => a - b)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect((await program().snapshots.take(stream)).versions).toEqual([]);
    expect(await versions(stream)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect((await program().snapshots.verify(stream)).wrong).toEqual([]);
  });

  test("of a growing stream keeps a bounded number, the newest always among them", async () => {
    const stream = await grown(1_000);
    const { snapshots, store } = program();
    for (let more = 0; more < 3; more++) {
      await snapshots.take(stream);
      const data = JSON.stringify({ by: 1, name: "x" });
      const made = Array.from({ length: 1_000 }, () => ({ type: "Tallied", schemaVersion: 1, data }));
      await store.append({ writes: [{ stream, expectedVersion: "any", events: made.slice(0, 995) }] });
    }
    await snapshots.take(stream);
    const kept = await versions(stream);
    expect(kept.length).toBeLessThanOrEqual(129);
    expect(kept.at(-1)).toBe(3_980);
    expect((await snapshots.verify(stream)).wrong).toEqual([]);
  });

  test("ends in front of an event that this code does not know", async () => {
    const stream = await grown(25);
    const { snapshots, store } = program();
    const unknown = { type: "Tallied", schemaVersion: 9, data: "{}" };
    await store.append({ writes: [{ stream, expectedVersion: "any", events: [unknown] }] });
    const data = JSON.stringify({ by: 1, name: "x" });
    const more = Array.from({ length: 20 }, () => ({ type: "Tallied", schemaVersion: 1, data }));
    await store.append({ writes: [{ stream, expectedVersion: "any", events: more }] });
    expect(await snapshots.take(stream)).toMatchObject({ versions: [10, 20], stopped: { at: 30 } });
  });

  test("never puts aside a state that JSON would alter", async () => {
    const stream = await grown(20);
    const { snapshots } = program(foldingBy(() => ({ on: new Date(0), none: undefined })));
    expect(await snapshots.take(stream)).toMatchObject({ versions: [], stopped: { at: 10 } });
  });

  test("happens after the answer of a command whose load was long, and the next one reads the tail alone", async () => {
    const stream = await grown(250);
    const id = stream.slice(6);
    const { snapshots, commands, store, catalog } = program();
    await commands.handle({ category: "tally", id, command: "Tally", input: { by: 1 } });
    await snapshots.idle();
    expect((await versions(stream)).at(-1)).toBe(250);
    expect(await stateAt({ store, catalog, snapshots }, stream)).toMatchObject({
      snapshotVersion: 250,
      foldedEvents: 1,
    });
    const again = await commands.handle({ category: "tally", id, command: "Tally", input: { by: 2 } });
    expect(again).toMatchObject({ version: 252 });
    expect((await stateAt({ store, catalog, snapshots }, stream)).state).toEqual(await folded(stream));
  });

  test("is not done for a category without a policy", async () => {
    const { snapshots: _none, ...plain } = tally;
    const stream = await grown(120);
    const { snapshots, store, catalog } = program(plain);
    expect(await stateAt({ store, catalog, snapshots }, stream)).toMatchObject({ snapshotVersion: null });
    await expect(snapshots.take(stream)).rejects.toMatchObject({ code: "invalid-request" });
    expect(await versions(stream)).toEqual([]);
  });
});
