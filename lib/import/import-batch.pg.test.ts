// Long because every test imports into, and compares, the same kind of log.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import { createEventStore } from "@/lib/event-store/store";
import { importBatch } from "@/lib/import/import-batch";
import { newId } from "@/lib/kernel/ids";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ max: 16 });
});
afterAll(() => database.close());

type LogRow = { position: bigint; stream: string; version: bigint; event_id: string; data: string };

async function logAfter(position: bigint): Promise<LogRow[]> {
  const { rows } = await database.pool.query<LogRow>(
    "select position, stream, version, event_id, data from events where position > $1 order by position",
    [position],
  );
  return rows;
}

async function head(): Promise<bigint> {
  const { rows } = await database.pool.query<{ head: bigint }>("select coalesce(max(position), 0) as head from events");
  return rows[0]?.head ?? 0n;
}

function line(stream: string, id: string, data: unknown = {}, more: object = {}): string {
  return JSON.stringify({ specversion: "1.0", source: "test", type: "Happened", subject: stream, id, data, ...more });
}

/** Streams of the run whose rows say something else than their events. */
async function wrongStreams(run: string): Promise<bigint | undefined> {
  const { rows } = await database.pool.query<{ wrong: bigint }>(
    `select count(*) as wrong from streams s where s.stream like $1 and (s.version, s.first_position, s.last_position, s.bytes) is distinct from
       (select (max(e.version), min(e.position), max(e.position), sum(octet_length(e.data::text))) from events e where e.stream = s.stream)`,
    [`order-${run}-%`],
  );
  return rows[0]?.wrong;
}

test("the order of the lines is the order of the log, and importing again adds nothing", async () => {
  const before = await head();
  const run = newId();
  // More than one chunk, with streams that go on from one to the next.
  const lines = Array.from({ length: 6_000 }, (_, n) => line(`order-${run}-${n % 700}`, `${run}:${n}`, { n }));
  const first = await importBatch({ pool: database.pool }, lines);
  expect(first).toMatchObject({ appended: 6_000, duplicates: 0, refused: [] });
  const log = await logAfter(before);
  expect(log.map(({ data }) => JSON.parse(data).n)).toEqual(lines.map((_, n) => n));
  expect(log[0]?.position).toBe(first.firstPosition);
  expect(log.at(-1)?.position).toBe(first.lastPosition);
  expectContiguous(log);
  expect(await wrongStreams(run)).toBe(0n);

  const again = await importBatch({ pool: database.pool }, lines);
  expect(again).toEqual({ appended: 0, duplicates: 6_000, refused: [], firstPosition: null, lastPosition: null });
  expect(await head()).toBe(first.lastPosition);
});

test("what some lines of every stream have stored before is not counted twice", async () => {
  const run = newId();
  const lines = Array.from({ length: 3_000 }, (_, n) => line(`order-${run}-${n % 700}`, `${run}:${n}`, { n }));
  // Of some streams everything, of some the first, of some the last events, of some nothing.
  const some = lines.filter((_, n) => n % 7 === 0 || (n % 7 === 1 && n < 700) || (n % 7 === 2 && n > 2_000));
  await importBatch({ pool: database.pool }, some);
  const rest = await importBatch({ pool: database.pool }, lines);
  expect(rest).toMatchObject({ appended: lines.length - some.length, duplicates: some.length, refused: [] });
  expect(await wrongStreams(run)).toBe(0n);
});

test("an import that was cut anywhere and run again leaves the log of one run", async () => {
  const kinds = fc.constantFrom("new", "repeat", "broken", "blank", "reused");
  const plans = fc.array(fc.record({ kind: kinds, stream: fc.nat(5), pick: fc.nat() }), {
    minLength: 1,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(), async (plan, cutAt) => {
      const build = (run: string) => {
        const good: string[] = [];
        return plan.map(({ kind, stream, pick }, n) => {
          const earlier = good[pick % Math.max(good.length, 1)];
          if (kind === "broken") return '{"specversion":"1.0"';
          if (kind === "blank") return "";
          if (kind === "repeat" && earlier) return earlier;
          if (kind === "reused" && earlier) return earlier.replace('"Happened"', '"Other"');
          const text = line(`plan-${run}-${stream}`, `${run}:${n}`, { n });
          good.push(text);
          return text;
        });
      };
      const whole = newId();
      const cut = newId();
      const once = await importBatch({ pool: database.pool }, build(whole));
      const before = await head();
      const lines = build(cut);
      const part = await importBatch({ pool: database.pool }, lines.slice(0, cutAt % (lines.length + 1)));
      const rest = await importBatch({ pool: database.pool }, lines);
      expect(part.appended + rest.appended).toBe(once.appended);
      expect(rest.appended + rest.duplicates).toBe(once.appended + once.duplicates);
      expect(rest.refused.map(({ line, reason }) => [line, reason])).toEqual(
        once.refused.map(({ line, reason }) => [line, reason]),
      );
      const log = await logAfter(before);
      const single = (await logAfter(0n)).filter(({ stream }) => stream.startsWith(`plan-${whole}-`));
      const shape = ({ stream, version, data }: LogRow) => [stream.split("-").at(-1), version, data];
      expect(log.map(shape)).toEqual(single.map(shape));
    }),
    { numRuns: 40 },
  );
}, 120_000);

test("importers and appenders at once: every event once, versions without gaps, each importer's order kept", async () => {
  const before = await head();
  const run = newId();
  const streams = Array.from({ length: 40 }, (_, n) => `busy-${run}-${n}`);
  const file = (name: string) =>
    Array.from({ length: 1_500 }, (_, n) => line(streams[(n * 7) % 40] ?? "", `${run}:${name}:${n}`, { name, n }));
  const store = createEventStore({ pool: database.pool });
  const shared = file("shared");
  const [a, b, c] = await Promise.all([
    importBatch({ pool: database.pool }, shared),
    importBatch({ pool: database.pool }, shared),
    importBatch({ pool: database.pool }, file("own")),
    ...streams.slice(0, 20).flatMap((stream) =>
      Array.from({ length: 5 }, (_, n) =>
        store.append({
          writes: [
            {
              stream,
              expectedVersion: "any",
              events: [{ type: "Happened", schemaVersion: 1, data: JSON.stringify({ name: "append", n }) }],
            },
          ],
        }),
      ),
    ),
  ]);
  expect(a.appended + b.appended).toBe(1_500);
  expect(a.duplicates + b.duplicates).toBe(1_500);
  expect(c.appended).toBe(1_500);
  const log = await logAfter(before);
  expect(log).toHaveLength(3_100);
  expectContiguous(log);
  for (const name of ["shared", "own"]) {
    const order = log.map(({ data }) => JSON.parse(data)).filter((data) => data.name === name);
    expect(order.map(({ n }) => n)).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
  }
}, 60_000);

test("a reader that follows the mark while imports and appends run misses nothing and sees nothing twice", async () => {
  const before = await head();
  const run = newId();
  const store = createEventStore({ pool: database.pool });
  const stop = new AbortController();
  const settings = { owner: "import-test", signal: stop.signal, notifyChannel: "import_test" };
  const agent = runHighWaterAgent({ pool: database.pool, ...settings });
  const seen: bigint[] = [];
  let over = false;
  const reading = (async () => {
    for (let last = before; ; ) {
      // Asked before the page is read: what the mark covers then, the page has.
      const done = over && (await store.highWater()).position >= (await head());
      const page = await store.readAll({ after: last, limit: 500 });
      seen.push(...page.map(({ position }) => position));
      last = page.at(-1)?.position ?? last;
      if (done && page.length === 0) return;
    }
  })();
  const importOne = (name: string) =>
    importBatch(
      { pool: database.pool },
      Array.from({ length: 4_000 }, (_, n) => line(`mark-${run}-${n % 90}`, `${run}:${name}:${n}`)),
    );
  const appendMany = async () => {
    for (let n = 0; n < 200; n++) {
      const events = [{ type: "Happened", schemaVersion: 1, data: "{}" }];
      await store.append({ writes: [{ stream: `mark-${run}-${n % 7}`, expectedVersion: "any", events }] });
    }
  };
  await Promise.all([importOne("a"), importOne("b"), appendMany(), appendMany()]);
  over = true;
  await reading;
  stop.abort();
  await agent;
  expect(seen).toEqual((await logAfter(before)).map(({ position }) => position));
  expect(seen).toHaveLength(8_400);
}, 60_000);

test("an id that stands for something else is refused, and so is its repetition; the rest is stored", async () => {
  const run = newId();
  await importBatch({ pool: database.pool }, [line(`taken-${run}`, `${run}:1`, { a: 1 })]);
  const lines = [
    line(`taken-${run}`, `${run}:1`, { a: 2 }),
    line(`taken-${run}`, `${run}:2`),
    line(`taken-${run}`, `${run}:1`, { a: 2 }),
    line(`elsewhere-${run}`, `${run}:1`, { a: 1 }),
  ];
  const result = await importBatch({ pool: database.pool }, lines);
  expect(result).toMatchObject({ appended: 1, duplicates: 0 });
  expect(result.refused.map(({ line, reason }) => [line, reason])).toEqual([
    [1, "event-id-reused"],
    [3, "event-id-reused"],
    [4, "event-id-reused"],
  ]);
  const { rows } = await database.pool.query("select 1 from streams where stream = $1", [`elsewhere-${run}`]);
  expect(rows).toEqual([]);
});

test("strict stops at the first refused line, whatever refuses it; what stands before is stored", async () => {
  for (const bad of ["broken", "reused", "closed"] as const) {
    const run = newId();
    await importBatch({ pool: database.pool }, [line(`strict-${run}`, `${run}:0`)]);
    const refused = {
      broken: "{",
      reused: line(`strict-${run}`, `${run}:0`, { other: true }),
      closed: line("operations-audit", `${run}:x`),
    }[bad];
    const lines = [line(`strict-${run}`, `${run}:1`), refused, line(`strict-${run}`, `${run}:2`), "{"];
    const context = { strict: true, closedCategories: ["operations"] };
    const result = await importBatch({ pool: database.pool }, lines, context);
    expect(result.appended).toBe(1);
    expect(result.refused.map(({ line }) => line)).toEqual([2]);
    const { rows } = await database.pool.query<{ version: bigint }>("select version from streams where stream = $1", [
      `strict-${run}`,
    ]);
    expect(rows).toEqual([{ version: 2n }]);
  }
});

test("inline consumers see each new event once, in the same transaction; what they throw stores nothing", async () => {
  const run = newId();
  const seen: string[] = [];
  const inline = {
    handles: (type: string) => type === "Happened",
    apply: async (_: unknown, events: readonly { stream: string; version: number; position: bigint }[]) => {
      for (const event of events) seen.push(`${event.stream}@${event.version}`);
    },
  };
  const lines = [
    line(`inline-${run}`, `${run}:1`),
    line(`inline-${run}`, `${run}:2`, {}, { type: "Other" }),
    line(`inline-${run}`, `${run}:3`),
  ];
  await importBatch({ pool: database.pool, inline }, lines);
  await importBatch({ pool: database.pool, inline }, lines);
  expect(seen).toEqual([`inline-${run}@1`, `inline-${run}@3`]);

  const failing = { ...inline, apply: () => Promise.reject(new Error("the read model is broken")) };
  const more = [line(`inline-${run}`, `${run}:4`)];
  await expect(importBatch({ pool: database.pool, inline: failing }, more)).rejects.toThrow("the read model is broken");
  const { rows } = await database.pool.query("select 1 from events where stream = $1", [`inline-${run}`]);
  expect(rows).toHaveLength(3);
});

test("a chunk that has to be stored again is still followed by the ones after it, and by nothing else", async () => {
  const order = fc.array(fc.boolean(), { minLength: 4, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(order, fc.constantFrom(1, 40, 3_000), async (failures, streams) => {
      const before = await head();
      const run = newId();
      const plan = [...failures];
      const inline = {
        handles: () => true,
        // Fails after the chunk has been inserted, when the next one is under way on another connection.
        apply: async () => {
          await new Promise(setImmediate);
          if (plan.shift()) throw Object.assign(new Error("could not serialize"), { code: "40001" });
        },
      };
      const lines = Array.from({ length: 8_000 }, (_, n) => line(`retry-${run}-${n % streams}`, `${run}:${n}`, { n }));
      const result = await importBatch({ pool: database.pool, inline }, lines).catch(() => undefined);
      const log = await logAfter(before);
      // Five failures in a row end the import; what is stored is then the beginning of the file.
      if (result) expect(result).toMatchObject({ appended: 8_000, lastPosition: log.at(-1)?.position });
      expect(log.map(({ data }) => JSON.parse(data).n)).toEqual(log.map((_, n) => n));
      expectContiguous(log);
      const rest = await importBatch({ pool: database.pool }, lines);
      expect(rest).toMatchObject({ appended: 8_000 - log.length, duplicates: log.length, refused: [] });
    }),
    { numRuns: 4 },
  );
}, 120_000);

test("an error that does not pass ends the import after the chunks before it", async () => {
  const before = await head();
  const run = newId();
  let calls = 0;
  const inline = {
    handles: () => true,
    apply: async () => {
      calls += 1;
      if (calls === 3) throw new Error("the read model is broken");
    },
  };
  const lines = Array.from({ length: 9_000 }, (_, n) => line(`ends-${run}-${n % 50}`, `${run}:${n}`, { n }));
  await expect(importBatch({ pool: database.pool, inline }, lines)).rejects.toThrow("the read model is broken");
  const log = await logAfter(before);
  expect(log.map(({ data }) => JSON.parse(data).n)).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  const { rows } = await database.owner.query(
    "select 1 from pg_stat_activity where datname = $1 and state = 'idle in transaction'",
    [database.name],
  );
  expect(rows).toEqual([]);
});

test("imported events have the leaf that the store gives any event", async () => {
  const run = newId();
  await importBatch({ pool: database.pool }, [
    line(`leaf-${run}`, `${run}:1`, { ü: 1 }, { time: "2020-01-01T00:00:00.5Z", actor: "ann" }),
  ]);
  const { rows } = await database.owner.query<{ same: boolean }>(
    `select e.leaf = tidemark.leaf_hash(e.position, e.event_id, e.stream, e.version, e.type, e.schema_version,
        (extract(epoch from e.recorded_at) * 1000000)::bigint, (extract(epoch from e.occurred_at) * 1000000)::bigint,
        e.correlation_id, e.causation_id, e.actor, e.tenant, e.data::text, e.metadata::text) as same
       from tidemark.events e where e.stream = $1`,
    [`leaf-${run}`],
  );
  expect(rows).toEqual([{ same: true }]);
});

/** Versions within each stream, in the order of the log, are 1, 2, 3 … */
function expectContiguous(log: readonly LogRow[]): void {
  const versions = new Map<string, bigint>();
  for (const { stream, version } of log) {
    expect(version).toBe((versions.get(stream) ?? 0n) + 1n);
    versions.set(stream, version);
  }
}
