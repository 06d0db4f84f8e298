import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { newId } from "@/lib/kernel/ids";
import type { EventFilter } from "@/lib/queries/event-filter";
import { listTraces } from "@/lib/queries/list-traces";
import type { QueryContext } from "@/lib/queries/query-context";
import { tracePage } from "@/lib/queries/trace-page";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
let context: QueryContext;

beforeAll(async () => {
  database = await createTestDatabase();
  const store = createEventStore({ pool: database.pool });
  context = { reads: createReadDatabase(database.pool), catalog: createCatalog([]), store };
  await database.pool.query(
    `insert into consumers (name, kind, mode, style, version, partitions, types) values
       ('fast', 'projection', 'async', 'fold', 1, 1, '{Asked}'), ('slow', 'projection', 'async', 'fold', 1, 1, '{Asked}')`,
  );
  await database.pool.query(
    `insert into consumer_partitions (consumer, partition, slice_from, slice_to, owner, lease_expires_at)
       select name, 0, 0, 1024, 'w1', now() + interval '1 hour' from consumers`,
  );
});

afterAll(async () => {
  await database.close();
});

async function append(correlationId: string, streams: readonly string[], each: number): Promise<bigint> {
  const events = Array.from({ length: each }, () => ({ type: "Asked", schemaVersion: 1, data: "{}" }));
  const writes = streams.map((stream) => ({ stream, expectedVersion: "any" as const, events }));
  const written = await (context.store as ReturnType<typeof createEventStore>).append({ writes, correlationId });
  const [{ position } = { position: 0n }] = await context.reads.query<{ position: bigint }>(
    "select max(position) as position from events",
  );
  expect(written).toHaveLength(streams.length);
  await database.pool.query("select * from advance_high_water('test')");
  return position;
}

test("a trace is read up to twelve thousand rows, and says that there is more", async () => {
  const correlationId = newId();
  for (let part = 0; part < 10; part++) await append(correlationId, [`big-${part}`], 500);
  const began = performance.now();
  const trace = await tracePage(context, correlationId);
  console.log(`a trace of ${trace.rows.length} rows is read in ${Math.round(performance.now() - began)} ms`);
  expect([trace.rows.length, trace.counts.events, trace.more]).toEqual([12_000, 4_000, true]);
});

test("paging over traces lists each once, where its latest event is, and the filters find what failed or waits", async () => {
  const ids = Array.from({ length: 9 }, () => newId());
  for (const id of ids) await append(id, [`talk-${id}`], 1);
  // The first one goes on: it is the latest now.
  const position = await append(ids[0] ?? "", ["talk-again"], 2);
  await database.pool.query("update consumer_partitions set checkpoint = $1", [position]);

  const walked: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTraces(context, { limit: 4, cursor });
    walked.push(...page.traces.map(({ correlationId }) => correlationId));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && walked.length < 40);
  expect(walked.slice(0, 9)).toEqual([ids[0], ...ids.slice(1).reverse()]);
  expect(new Set(walked).size).toBe(walked.length);
  const [first] = (await listTraces(context, { limit: 1 })).traces;
  expect(first).toMatchObject({ type: "Asked", events: 3, streams: 2, settled: true, failures: 0 });
  expect((await listTraces(context, { state: "unsettled" })).traces).toEqual([]);

  await database.pool.query(
    `insert into dead_letters (consumer, generation, stream, slice, version, position, event_id, type, blocks, state, fingerprint, error, build)
       select 'slow', 1, stream, slice, version, position, event_id, type, true, 'parked', 'aaaaaaaaaaaa', '{"message":"no"}', 'b'
         from events where correlation_id = $1`,
    [ids[4]],
  );
  const failed = await listTraces(context, { state: "failed" });
  expect(failed.traces.map(({ correlationId, failures }) => [correlationId, failures])).toEqual([[ids[4], 1]]);
  await database.pool.query("update consumer_partitions set checkpoint = $1 where consumer = 'slow'", [position - 1n]);
  const waiting = await listTraces(context, { state: "waiting" });
  expect(waiting.traces.map(({ correlationId, open }) => [correlationId, open])).toEqual([[ids[0], 1]]);
  expect((await listTraces(context, { state: "unsettled" })).traces.map(({ correlationId }) => correlationId)).toEqual([
    ids[0],
    ids[4],
  ]);
  const one = await listTraces(context, { filter: { stream: `talk-${ids[2]}` } });
  expect(one.traces.map(({ correlationId }) => correlationId)).toEqual([ids[2]]);
});

test("a narrowed list shows each trace once, however far apart the log has the events that are asked for", async () => {
  const far = newId();
  const between = Array.from({ length: 3 }, () => newId());
  await append(far, ["far-apart"], 1);
  for (const id of between) await append(id, ["far-others"], 150);
  await append(far, ["far-apart", "near-by"], 1);
  const walked = async (filter: EventFilter, limit: number) => {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listTraces(context, { filter, limit, cursor });
      ids.push(...page.traces.map(({ correlationId }) => correlationId));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return ids;
  };
  const latestFirst = [far, ...[...between].reverse()];
  expect(await walked({ category: "far" }, 1)).toEqual(latestFirst);
  expect(await walked({ category: "far" }, 50)).toEqual(latestFirst);
  // Its latest event is in no category that is asked for: it stands where its latest one of that category is.
  await append(far, ["near-by"], 1);
  expect(await walked({ category: "far" }, 2)).toEqual(latestFirst);
  expect(await walked({ category: "near" }, 2)).toEqual([far]);
});
