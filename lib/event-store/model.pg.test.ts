import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Append, ExpectedVersion, NewEvent } from "@/lib/event-store/recorded-event";
import { createEventStore } from "@/lib/event-store/store";
import { IdempotencyKeyReused, PayloadRefused, VersionConflict } from "@/lib/kernel/errors";
import { derivedId } from "@/lib/kernel/ids";
import { checkJson } from "@/lib/kernel/json";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const STREAMS = ["a", "b", "c"];
const expected: fc.Arbitrary<ExpectedVersion> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<ExpectedVersion>("any", "none", "exists") },
  { weight: 1, arbitrary: fc.nat(6) },
);
const event = fc.record({ data: fc.constantFrom("1", "2"), id: fc.option(fc.nat(3), { nil: undefined, freq: 6 }) });
const write = fc.record({ expected, events: fc.array(event, { minLength: 1, maxLength: 3 }) });
const append = fc.record({
  writes: fc
    .tuple(fc.shuffledSubarray(STREAMS, { minLength: 1 }), fc.array(write, { minLength: 3, maxLength: 3 }))
    .map(([streams, writes]) =>
      streams.map((stream, i) => ({ stream, ...(writes[i] ?? { expected: 0, events: [] }) })),
    ),
  key: fc.option(fc.constantFrom("k", "l"), { nil: undefined }),
});
type Drawn = {
  writes: { stream: string; expected: ExpectedVersion; events: { data: string; id?: number | undefined }[] }[];
  key: string | undefined;
};

/** The rules of appending, said again in the plainest way: streams are lists, ids are looked up in all of them. */
function createModel() {
  const streams = new Map<string, { id: string; data: string }[]>();
  const all = () =>
    [...streams].flatMap(([stream, events]) => events.map((each, i) => ({ ...each, stream, version: i + 1 })));
  return (append: Append): string => {
    let ordinal = 0;
    const scope = append.writes[0]?.stream ?? "";
    const derive = () =>
      append.idempotencyKey ? derivedId(scope, append.idempotencyKey, String(ordinal)) : `new ${Math.random()}`;
    const writes = append.writes.map((each) => ({
      ...each,
      events: each.events.map(({ data, id }) => {
        const known = { data, id: id ?? derive() };
        ordinal += 1;
        return known;
      }),
    }));
    const stored = all();
    const find = (id: string) => stored.find((each) => each.id === id);
    const guard = append.idempotencyKey ? find(derive()) : undefined;
    if (guard || writes.some((each) => each.events.some(({ id }) => find(id)))) {
      const same = writes.every((each) =>
        each.events.every(({ id, data }, i) => {
          const found = find(id);
          const first = find(each.events[0]?.id ?? "");
          return (
            found && first && found.data === data && found.stream === each.stream && found.version === first.version + i
          );
        }),
      );
      if (!same || guard) return "reused";
      return `replayed ${writes.map((each) => `${each.stream}@${find(each.events[0]?.id ?? "")?.version}`).join()}`;
    }
    for (const { stream, expectedVersion } of writes) {
      const actual = streams.get(stream)?.length ?? 0;
      const holds =
        expectedVersion === "any" ||
        (expectedVersion === "exists" ? actual > 0 : actual === (expectedVersion === "none" ? 0 : expectedVersion));
      if (!holds) return `conflict ${stream} ${expectedVersion} ${actual}`;
    }
    const results = writes.map(({ stream, events }) => {
      const before = streams.get(stream) ?? [];
      streams.set(stream, [...before, ...events]);
      return `${stream}@${before.length + 1}`;
    });
    return `stored ${results.join()}`;
  };
}

describe("the store against a model of it", () => {
  it("gives every append the outcome that it would have alone, however calls are grouped", {
    timeout: 60_000,
  }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(append, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(1, 3, 128),
        fc.constantFrom(1, 2),
        async (drawn, maxBatch, lanes) => {
          run += 1;
          const prefix = `model${run}-`;
          const store = createEventStore({ pool: database.pool, maxBatch, lanes });
          const model = createModel();
          const appends = drawn.map((each) => toAppend(each, prefix));
          const outcomes = await Promise.all(
            appends.map((each) =>
              store.append(each).then(
                (results) => {
                  const places = results.map((result) => `${result.stream}@${result.fromVersion}`).join();
                  return `${results[0]?.replayed ? "replayed" : "stored"} ${places}`;
                },
                (error: unknown) => {
                  if (error instanceof VersionConflict)
                    return `conflict ${error.stream} ${error.expected} ${error.actual}`;
                  if (error instanceof IdempotencyKeyReused) return "reused";
                  throw error;
                },
              ),
            ),
          );
          expect(outcomes).toEqual(appends.map(model));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function toAppend(drawn: Drawn, prefix: string): Append {
  // Ids are unique within one append, as the store demands.
  const used = new Set<number>();
  const toEvent = ({ data, id }: { data: string; id?: number | undefined }): NewEvent => {
    const fresh = id !== undefined && !used.has(id);
    if (fresh) used.add(id);
    return { type: "Tested", schemaVersion: 1, data, ...(fresh ? { id: derivedId(prefix, String(id)) } : {}) };
  };
  return {
    writes: drawn.writes.map((each) => ({
      stream: prefix + each.stream,
      expectedVersion: each.expected,
      events: each.events.map(toEvent),
    })),
    idempotencyKey: drawn.key ?? null,
  };
}

describe("a payload", () => {
  const space = fc.constantFrom("", " ", "\n\t ");
  const number = fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.bigInt({ min: 0n, max: 10n ** 18n }),
      fc.constantFrom("", ".0", ".50", "e2", "E+3", ".1e-400"),
    )
    .map((parts) => parts.join(""));
  const text = fc.oneof(
    fc.string({ unit: "binary" }).map((raw) => JSON.stringify(raw)),
    fc.constantFrom(
      '"\\u00e9"',
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '"\\u0000"',
      '"\\/"',
      `"${"\ud800"}"`,
      '"\u2028\u007f\ufeff"',
    ),
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      number,
      text,
      fc.constantFrom("null", "true", "false"),
      tie("array"),
      tie("object"),
    ),
    array: fc
      .tuple(space, fc.array(tie("value"), { maxLength: 4 }))
      .map(([gap, items]) => `[${gap}${items.join(`,${gap}`)}${gap}]`),
    object: fc
      .tuple(space, fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }))
      .map(([gap, members]) => `{${members.map(([key, value]) => `${gap}${key}${gap}:${value}`).join()}${gap}}`),
  })).value as fc.Arbitrary<string>;

  it("comes back byte for byte, or is refused by name and changes nothing", { timeout: 60_000 }, async () => {
    const store = createEventStore({ pool: database.pool });
    let run = 0;
    let kept = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(space, json, space), { minLength: 1, maxLength: 30 }), async (texts) => {
        run += 1;
        const stream = `bytes-${run}`;
        const accepted: string[] = [];
        for (const data of texts.map((parts) => parts.join(""))) {
          try {
            checkJson(data);
            accepted.push(data);
          } catch {
            const attempt = store.append({
              writes: [{ stream, expectedVersion: "any", events: [{ type: "T", schemaVersion: 1, data }] }],
            });
            await expect(attempt).rejects.toBeInstanceOf(PayloadRefused);
            refused += 1;
          }
        }
        if (accepted.length === 0) return;
        const events = accepted.map((data) => ({ type: "T", schemaVersion: 1, data, metadata: `{ "m":${data} }` }));
        await store.append({ writes: [{ stream, expectedVersion: "none", events }] });
        const stored = await store.readStream(stream, { limit: 100 });
        expect(stored.map((each) => each.data)).toEqual(accepted);
        expect(stored.map((each) => each.metadata)).toEqual(accepted.map((data) => `{ "m":${data} }`));
        kept += accepted.length;
      }),
      { numRuns: 150 },
    );
    expect(Math.min(kept, refused)).toBeGreaterThan(50);
  });

  it("of an event is hashed as it is stored, so that any changed byte shows", async () => {
    const { rows } = await database.owner.query<{ sound: boolean; forged: boolean }>(
      `select bool_and(e.leaf = h.sound) as sound, bool_or(e.leaf = h.forged) as forged from events e cross join lateral (select
         (extract(epoch from recorded_at) * 1000000)::bigint as recorded, (extract(epoch from occurred_at) * 1000000)::bigint as occurred) t
       cross join lateral (select
         leaf_hash(position, event_id, stream, version, type, schema_version, t.recorded, t.occurred, correlation_id, causation_id,
           actor, tenant, data::text, metadata::text) as sound,
         leaf_hash(position, event_id, stream, version, type, schema_version, t.recorded, t.occurred, correlation_id, causation_id,
           actor, tenant, data::text || ' ', metadata::text) as forged) h`,
    );
    expect(rows).toEqual([{ sound: true, forged: false }]);
  });
});
