import { afterAll, beforeAll, expect, it } from "vitest";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { createEventStore, type EventStore, type LogRead } from "@/lib/event-store/store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
let store: EventStore;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createEventStore({ pool: database.pool });
  for (let n = 1; n <= 40; n++) {
    await store.append({
      writes: [
        {
          stream: `${n % 3 === 0 ? "cart" : "order"}-${n % 4}`,
          expectedVersion: "any",
          events: [{ type: `Type${n % 5}`, schemaVersion: 1, data: String(n) }],
        },
      ],
      correlationId: `c${n % 2}`,
    });
  }
  await database.pool.query("select advance_high_water('test')");
});
afterAll(() => database.close());

it("every combination of filters, bounds and directions is what filtering the whole log gives", async () => {
  const all = await store.readAll({ limit: 500 });
  expect(all).toHaveLength(40);
  const choices = <T>(...values: T[]) => [undefined, ...values];
  for (const types of choices([], ["Type1"], ["Type4", "Type2", "Nothing", "Type2"])) {
    for (const category of choices("order", "nothing")) {
      for (const stream of choices("cart-1")) {
        for (const correlationId of choices("c1")) {
          for (const direction of ["forwards", "backwards"] as const) {
            for (const [after, before] of [
              [undefined, undefined],
              [7n, 31n],
            ] as const) {
              const read: LogRead = {
                ...(types && { types }),
                ...(category && { category }),
                ...(stream && { stream }),
                ...(correlationId && { correlationId }),
                ...(after !== undefined && { after, before }),
                direction,
                limit: 5,
              };
              const wanted = all.filter(
                (event) =>
                  (!types || (types as string[]).includes(event.type)) &&
                  (!category || event.stream.startsWith(`${category}-`)) &&
                  (!stream || event.stream === stream) &&
                  (!correlationId || event.correlationId === correlationId) &&
                  (after === undefined || (event.position > after && event.position < before)),
              );
              if (direction === "backwards") wanted.reverse();
              expect((await store.readAll(read)).map((event) => event.position)).toEqual(
                wanted.slice(0, 5).map((event) => event.position),
              );
            }
          }
        }
      }
    }
  }
});

it("a stream is read from any version in both directions, and newest commits are in it", async () => {
  await store.append({
    writes: [
      {
        stream: "fresh-1",
        expectedVersion: "none",
        events: ["1", "2", "3"].map((data) => ({ type: "T", schemaVersion: 1, data })),
      },
    ],
  });
  const versions = async (read?: Parameters<EventStore["readStream"]>[1]) =>
    (await store.readStream("fresh-1", read)).map((event) => event.version);
  expect(await versions()).toEqual([1, 2, 3]);
  expect(await versions({ from: 2, limit: 1 })).toEqual([2]);
  expect(await versions({ direction: "backwards", limit: 2 })).toEqual([3, 2]);
  expect(await versions({ direction: "backwards", from: 2 })).toEqual([2, 1]);
  expect(await store.readStream("nothing-1")).toEqual([]);
  const whole = await store.readStream("fresh-1");
  const toFold = await store.readStreamToFold("fresh-1", { from: 1, limit: 10 });
  expect(toFold.map(fieldsOf)).toEqual(whole.map(fieldsOf));
  expect((await store.readStreamToFold("fresh-1", { from: 2, limit: 1 })).map(({ version }) => version)).toEqual([2]);
  expect(await store.readStreamToFold("nothing-1", { from: 1, limit: 10 })).toEqual([]);
  const [first] = whole;
  expect(await store.readById(first?.id ?? "")).toEqual(first);
  expect(await store.readByPosition(first?.position ?? 0n)).toEqual(first);
  expect(await store.readById("not a uuid")).toBeUndefined();
  expect(await store.readAll({ stream: "fresh-1" })).toEqual([]);
});

/** All that a fold may ask for. */
function fieldsOf(event: RecordedEvent) {
  const { id, type, schemaVersion, stream, version, position, slice, recordedAt, occurredAt, data } = event;
  const { correlationId, causationId, actor, tenant, traceparent } = event;
  return [
    ...[id, type, schemaVersion, stream, version, position, slice, recordedAt, occurredAt, data],
    ...[correlationId, causationId, actor, tenant, traceparent],
  ];
}
