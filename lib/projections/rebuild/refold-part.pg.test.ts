import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { registerProjections } from "@/lib/projections/register-projections";
import { splitPartition } from "@/lib/subscriptions/resize-partitions";
import { appendRaw } from "@/lib/testing/append-raw";
import { caughtUp } from "@/lib/testing/consumer-state";
import { bucketTotals, counterCatalog, counterTotals } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker, type TestWorker } from "@/lib/testing/start-workers";
import { beginRebuild } from "./begin-rebuild";
import { promoteGeneration } from "./promote-generation";
import { type RebuildScope, scopeOf, whyNoPart } from "./rebuild-scope";
import { type PartReplay, refoldPart } from "./refold-part";
import { retire } from "./retire-generation";

let database: TestDatabase;
let worker: TestWorker;
let live = 1;

const count = (streams: readonly number[], by = 1) =>
  appendRaw(
    database.pool,
    streams.map((n) => ({ stream: `counter-${n}`, type: "Counted", data: { by, bucket: `b${n % 3}`, note: null } })),
  );
const all = Array.from({ length: 60 }, (_, n) => n);

beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, [counterTotals, bucketTotals], counterCatalog);
  await count(all);
  await count(all, 3);
  await appendRaw(database.pool, [{ stream: "counter-5", type: "Cleared", data: {} }]);
  await appendRaw(
    database.pool,
    ["counter-1", "counter-2"].map((stream) => ({
      ...{ stream, type: "Counted", tenant: "acme", data: { by: 2, bucket: "b", note: null } },
    })),
  );
  worker = startWorker(database, "w", [counterTotals, bucketTotals]);
  await caughtUp(database.pool);
});
afterAll(async () => {
  await worker.stop();
  await database.close();
});

/** Every row that serves is made wrong before, so that it shows which rows are copied and which refolded. */
async function begin(scope: RebuildScope) {
  await database.owner.query(`update tidemark_read.counter_totals_g${live} set total = -100000`);
  return await inTransaction(database.pool, (client) =>
    beginRebuild(client, counterTotals, counterCatalog, "test", scope),
  );
}
const target = (generation: number, scope: RebuildScope): PartReplay => ({
  ...{ pool: database.pool, projection: counterTotals, catalog: counterCatalog, generation, scope },
});
/** The streams whose rows came out right, and thus were refolded. */
async function rightRows(generation: number): Promise<string[]> {
  const right = new Map(
    (await foldLog(database.pool, counterCatalog, counterTotals)).map((row) => [row.key, row.total]),
  );
  const rows = await readModelOf(database.pool, counterTotals, generation);
  expect(rows.map(({ key }) => key).sort(), "no row is missing and none is twice").toEqual([...right.keys()].sort());
  return rows.filter(({ key, total }) => right.get(key) === total).map(({ key }) => String(key));
}
async function streamsWhere(condition: string): Promise<string[]> {
  const { rows } = await database.owner.query<{ stream: string }>(
    `select stream from streams s where stream <> 'counter-5' and ${condition} order by stream`,
  );
  return rows.map(({ stream }) => stream);
}

test("a part is refolded whole streams at a time, everything else is copied as it stands, and both follow the log", async () => {
  const { rows } = await database.owner.query<{ position: bigint }>("select max(position) as position from events");
  await count([7, 8, 9]);
  await caughtUp(database.pool);
  const since = await scopeOf(database.pool, { since: String((rows[0]?.position ?? 0n) + 1n) });
  const slices = await scopeOf(database.pool, { slices: "0-255" });
  const tenant = await scopeOf(database.pool, { tenant: "acme" });
  const cases: readonly (readonly [RebuildScope | null, string])[] = [
    [since, "stream in ('counter-7', 'counter-8', 'counter-9')"],
    [slices, "slice < 256"],
    [tenant, "stream in ('counter-1', 'counter-2')"],
  ];
  for (const [scope, condition] of cases) {
    if (!scope) throw new Error("no scope");
    const { generation } = await begin(scope);
    expect(await refoldPart(target(generation, scope))).toBe(true);
    const expected = await streamsWhere(condition);
    expect(expected.length).toBeGreaterThan(0);
    expect((await rightRows(generation)).sort()).toEqual(expected);
    await count([3, 9]);
    await caughtUp(database.pool);
    expect((await rightRows(generation)).sort(), "later events go to both kinds of rows").toEqual(expected);
    await retire(database.pool, counterTotals, generation);
  }
});

test("killed between any two steps, it goes on with the same part, and whoever it was taken from writes nothing more", async () => {
  const scope = await scopeOf(database.pool, { slices: "0-511" });
  if (!scope) throw new Error("no scope");
  const { generation } = await begin(scope);
  const stop = new AbortController();
  const first = await refoldPart({ ...target(generation, scope), signal: stop.signal, onProgress: () => stop.abort() });
  expect(first).toBe(false);
  // What is copied stands still while the one that serves goes on; the streams of the part were written down with it.
  await count([1, 2, 3, 4]);
  await caughtUp(database.pool);
  const overtaken = refoldPart({
    ...target(generation, scope),
    onProgress: async ({ done }) => {
      if (!done) expect(await refoldPart(target(generation, scope))).toBe(true);
    },
  });
  await expect(overtaken).rejects.toThrow("another process goes on with it");
  await caughtUp(database.pool);
  expect((await rightRows(generation)).sort()).toEqual(await streamsWhere("slice < 512"));
  const { rows } = await database.owner.query("select to_regclass($1) as part", [
    `tidemark_read.counter_totals_g${generation}_part`,
  ]);
  expect(rows).toEqual([{ part: null }]);
  await retire(database.pool, counterTotals, generation);
});

test("the partitions of what is promoted are cut as those that serve were cut at run time", async () => {
  await inTransaction(database.pool, (client) => splitPartition(client, "counter-totals", 0, 100));
  await caughtUp(database.pool);
  const ranges = async (generation: number) => {
    const { rows } = await database.pool.query(
      "select slice_from, slice_to from consumer_partitions where consumer = 'counter-totals' and generation = $1 order by 1",
      [generation],
    );
    return rows;
  };
  const before = await ranges(live);
  expect(before).toHaveLength(5);
  const scope = await scopeOf(database.pool, { tenant: "acme" });
  if (!scope) throw new Error("no scope");
  const { generation } = await begin(scope);
  await refoldPart(target(generation, scope));
  expect(await ranges(generation)).toEqual(before);
  await caughtUp(database.pool);
  await promoteGeneration(database.pool, counterTotals, generation);
  live = generation;
  expect((await rightRows(generation)).sort()).toEqual(["counter-1", "counter-2"]);
});

test("where rows gather several streams, no part can be told apart, and the whole rebuild is offered", () => {
  expect(whyNoPart(counterTotals)).toBeNull();
  expect(whyNoPart(bucketTotals)).toMatch(/several streams.*Rebuild the whole of it/);
});

test("what is no part is refused by name", async () => {
  const refused = (request: Parameters<typeof scopeOf>[1]) =>
    expect(scopeOf(database.pool, request)).rejects.toMatchObject({ code: "invalid-request" });
  await refused({ since: "yesterday" });
  await refused({ slices: "5-2" });
  await refused({ slices: "0-1024" });
  await refused({ tenant: "acme", slices: "1" });
  expect(await scopeOf(database.pool, {})).toBeNull();
  expect(await scopeOf(database.pool, { slices: "7" })).toEqual({ kind: "slices", from: 7, to: 8 });
  const late = await scopeOf(database.pool, { since: "2999-01-01T00:00:00Z" });
  const early = await scopeOf(database.pool, { since: "1999-01-01T00:00:00Z" });
  const { rows } = await database.pool.query<{ mark: bigint }>("select position as mark from high_water");
  expect(late).toMatchObject({ position: String((rows[0]?.mark ?? 0n) + 1n) });
  expect(early).toMatchObject({ position: "0" });
});
