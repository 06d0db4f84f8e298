import { afterAll, beforeAll, expect, test } from "vitest";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { nothingAsked } from "@/lib/event-store/spared";
import { createEventStore } from "@/lib/event-store/store";
import type { SealedEvent } from "@/lib/privacy/keys-at-hand";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { createLogReader } from "./log-reader";
import { readBatch } from "./read-batch";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const everything = { types: ["Odd", "Even"], sliceFrom: 0, sliceTo: 1_024, after: 0n, limit: 100 };

test("a batch has the events of the log, whatever stands in their texts", async () => {
  const store = createEventStore({ pool: database.pool });
  const odd = "a\u001fb\u001ec\u0010d\u0010n \\ ' \" \u00fc \u{1f40b}";
  const event = (data: unknown) => ({ type: "Odd", schemaVersion: 2, data: JSON.stringify(data) });
  await store.append({
    writes: [
      { stream: "odd-1", expectedVersion: "none", events: [event({ odd, big: "\u001f".repeat(9) }), event(null)] },
    ],
  });
  await store.append({
    writes: [
      {
        stream: "odd-ü",
        expectedVersion: "none",
        events: [{ ...event([1.5]), occurredAt: "2020-02-03T04:05:06.000007Z" }],
      },
    ],
    tenant: "t",
    actor: "somebody",
    causationId: "cause",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  });
  // Past what the client checks: the database itself allows any text here.
  await database.owner.query("alter table events disable trigger user");
  await database.owner.query("update events set correlation_id = $1, actor = $1, tenant = '' where stream = 'odd-1'", [
    odd,
  ]);
  await database.owner.query("alter table events enable trigger user");
  await database.owner.query("select advance_high_water('test')");

  const { events } = await readBatch(database.pool, everything);
  const fields = (event: RecordedEvent) => FIELDS.map((name) => [name, event[name]]);
  expect(events.map(fields)).toEqual((await store.readAll({ upToHighWater: true })).map(fields));
});

test("without context the same events come, and what was left out is refused and not guessed", async () => {
  const whole = await readBatch(database.pool, everything);
  const lean = await readBatch(database.pool, { ...everything, context: false });
  const fields = (event: RecordedEvent) => LEAN_FIELDS.map((name) => [name, event[name]]);
  expect(lean.events.length).toBe(3);
  expect(lean.events.map(fields)).toEqual(whole.events.map(fields));
  const last = lean.events.at(-1);
  for (const name of CONTEXT) expect(() => last?.[name]).toThrow(`${name} was not read`);
  expect(last?.traceparent).toBeNull();
});

test("a sparing reading has the same events, without the payloads and ids that it leaves out", async () => {
  const whole = await readBatch(database.pool, everything);
  const asked = nothingAsked();
  const types = [...everything.types, "Later"];
  const read = (payloads: readonly string[], ids: boolean) =>
    readBatch(database.pool, { ...everything, types, sparing: { asked, spared: { payloads, ids } } });
  const named = ({ events }: typeof whole) =>
    events.map(({ type, stream, version, position }) => [type, stream, version, position]);
  const without = await read(["Odd"], true);
  expect(named(without)).toEqual(named(whole));
  for (const event of without.events) {
    expect((event as SealedEvent).dataIfRead).toBe("");
    expect(() => event.data).toThrow("The payload of Odd was not read");
    expect(() => event.id).toThrow("was not read");
  }
  const rest = await read(["Later"], false);
  const fields = ({ id, slice, data }: RecordedEvent) => [id, slice, data];
  expect(rest.events.map(fields)).toEqual(whole.events.map(fields));
});

test("names that JSON must escape are read as they are, in every kind of reading", async () => {
  const store = createEventStore({ pool: database.pool });
  const names = ['a"b', "a\\b", 'a","b', "a\u001eb", "a\nb", 'a"'];
  const events = names.map(() => ({ type: "Even", schemaVersion: 1, data: "[1,\n2]" }));
  await store.append({ writes: [{ stream: "names-1", expectedVersion: "none", events }] });
  await database.owner.query("select advance_high_water('test')");
  await database.owner.query("alter table events disable trigger user");
  for (const name of names) {
    await database.owner.query("update events set stream = $1, type = $1 where type = 'Even' or stream = 'names-1'", [
      name,
    ]);
    const request = { ...everything, types: ["Odd", name] };
    const all = await store.readAll({ upToHighWater: true });
    for (const context of [true, false]) {
      const { events: read } = await readBatch(database.pool, { ...request, context });
      const fields = (event: RecordedEvent) => LEAN_FIELDS.map((field) => [field, event[field]]);
      expect(read.map(fields)).toEqual(all.map(fields));
    }
    await database.owner.query("update events set stream = 'names-1', type = 'Even' where type = $1", [name]);
  }
  await database.owner.query("alter table events enable trigger user");
});

// Field by field: an event of a batch cuts its fields out when they are asked for.
const FIELDS = [
  ...(["id", "type", "schemaVersion", "stream", "version", "position", "slice", "recordedAt", "occurredAt"] as const),
  ...(["correlationId", "causationId", "actor", "tenant", "traceparent", "data"] as const),
];
const CONTEXT = ["correlationId", "causationId", "actor"] as const;
const LEAN_FIELDS = FIELDS.filter((name) => name !== "traceparent" && !CONTEXT.some((other) => other === name));

test("nothing above the mark is read, and what partitions read together is what each would have read alone", async () => {
  const store = createEventStore({ pool: database.pool });
  const reader = createLogReader(database.pool, everything.types);
  const slices = [0, 300, 700, 1_024];
  const after = slices.slice(1).map(() => 0n);
  const got: string[][] = slices.slice(1).map(() => []);
  for (let round = 0; round < 60; round++) {
    if (round % 3 === 0) {
      await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          store.append({
            writes: [
              {
                stream: `many-${(round * 7 + n) % 40}`,
                expectedVersion: "any",
                events: [{ type: n % 2 ? "Odd" : "Even", schemaVersion: 1, data: "{}" }],
              },
            ],
          }),
        ),
      );
      if (round % 2 === 0) await database.owner.query("select advance_high_water('test')");
    }
    await Promise.all(
      after.map(async (from, part) => {
        // The last partition is slow, so that the others' window leaves it behind.
        if (part === 2 && round % 20 !== 19) return;
        const batch = await reader.read("consumer", {
          ...everything,
          sliceFrom: slices[part] ?? 0,
          sliceTo: slices[part + 1] ?? 0,
          after: from,
          limit: 1 + (round % 25),
        });
        expect(batch.to).toBeLessThanOrEqual(batch.highWater);
        after[part] = batch.to;
        got[part]?.push(...batch.events.map(({ id }) => id));
      }),
    );
  }
  await database.owner.query("select advance_high_water('test')");
  for (const [part, from] of after.entries()) {
    const range = { sliceFrom: slices[part] ?? 0, sliceTo: slices[part + 1] ?? 0, limit: 10_000 };
    const rest = await readBatch(database.pool, { ...everything, ...range, after: from });
    const all = await readBatch(database.pool, { ...everything, ...range });
    expect([...(got[part] ?? []), ...rest.events.map(({ id }) => id)]).toEqual(all.events.map(({ id }) => id));
  }
});

test("a batch ends early when its payloads are large, and says that there is more", async () => {
  const store = createEventStore({ pool: database.pool });
  const data = JSON.stringify("x".repeat(1_000_000));
  for (let n = 0; n < 30; n++) {
    await store.append({
      writes: [{ stream: `large-${n}`, expectedVersion: "none", events: [{ type: "Large", schemaVersion: 1, data }] }],
    });
  }
  await database.owner.query("select advance_high_water('test')");
  const request = { ...everything, types: ["Large"], limit: 10_000 };
  const first = await readBatch(database.pool, request);
  expect(first.more).toBe(true);
  expect(first.events.length).toBeLessThan(30);
  const second = await readBatch(database.pool, { ...request, after: first.to });
  expect(first.events.length + second.events.length).toBe(30);
  expect(second.more).toBe(false);
}, 60_000);
