import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Append, ExpectedVersion } from "@/lib/event-store/recorded-event";
import { createEventStore } from "@/lib/event-store/store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** A store that remembers nothing of an earlier one, as after a restart. */
const restarted = () => createEventStore({ pool: database.pool });

const append = (stream: string, key: string, expectedVersion: ExpectedVersion, data: string): Append => ({
  idempotencyKey: key,
  writes: [{ stream, expectedVersion, events: [{ type: "Tested", schemaVersion: 1, data }] }],
});

// What is expected the first time, on a stream of one event; the second time it is no longer true of the stream.
const EXPECTED: readonly ExpectedVersion[] = ["any", "exists", 1];
const cases = EXPECTED.flatMap((expected) =>
  (["the same stream", "another stream"] as const).flatMap((where) =>
    (["the same content", "other content"] as const).flatMap((what) =>
      [false, true].map((restart) => ({
        expected,
        where,
        what,
        restart,
        name: `${expected}, ${where}, ${what}, restart ${restart}`,
      })),
    ),
  ),
);

describe("the same key again", () => {
  test.each(cases)("$name", async ({ expected, where, what, restart, name }) => {
    const stream = `m-${name.replaceAll(/\W+/g, "")}`;
    const other = `${stream}-other`;
    const store = restarted();
    for (const each of [stream, other]) await store.append(append(each, `made-${each}`, "none", "0"));
    const first = await store.append(append(stream, name, expected, "1"));
    const second = (restart ? restarted() : store).append(
      append(where === "the same stream" ? stream : other, name, expected, what === "the same content" ? "1" : "2"),
    );
    // A key belongs to its stream: in another one it is another key.
    if (where === "another stream") expect((await second)[0]).toMatchObject({ replayed: false, fromVersion: 2 });
    else if (what === "the same content")
      expect(await second).toEqual(first.map((one) => ({ ...one, replayed: true })));
    else await expect(second).rejects.toMatchObject({ code: "idempotency-key-reused" });
    expect(await store.streamVersion(stream)).toBe(2);
  });
});
