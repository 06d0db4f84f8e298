import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { newId } from "@/lib/kernel/ids";
import { eventPage } from "@/lib/queries/event-page";
import type { QueryContext } from "@/lib/queries/query-context";
import { tracePage } from "@/lib/queries/trace-page";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
let context: QueryContext;
let store: EventStore;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createEventStore({ pool: database.pool });
  context = { reads: createReadDatabase(database.pool), catalog: createCatalog([]), store };
  await database.pool.query(
    `insert into consumers (name, kind, mode, style, version, partitions, types) values
       ('fast', 'projection', 'async', 'fold', 1, 2, '{Asked,Answered}'), ('slow', 'projection', 'async', 'fold', 1, 1, '{Asked}'),
       ('with-it', 'projection', 'inline', 'fold', 1, 1, '{Asked}'), ('other', 'projection', 'async', 'fold', 1, 1, '{Nothing}')`,
  );
  await database.pool.query(
    `insert into consumer_partitions (consumer, partition, slice_from, slice_to, owner, lease_expires_at) values
       ('fast', 0, 0, 512, 'w1', now() + interval '1 hour'), ('fast', 1, 512, 1024, 'w2', now() + interval '1 hour'),
       ('slow', 0, 0, 1024, null, null)`,
  );
});

afterAll(async () => {
  await database.close();
});

const write = (
  stream: string,
  type: string,
  more: { correlationId: string; causationId?: string; command?: string },
) => {
  const { command, ...context } = more;
  const receivedAt = new Date(Date.now() - 40).toISOString();
  const note = { id: command ?? "", name: "Ask", receivedAt, loadMs: 1, decideMs: 2, attempts: 1 };
  return store.append({
    writes: [{ stream, expectedVersion: "any", events: [{ type, schemaVersion: 1, data: "{}" }] }],
    ...context,
    ...(command === undefined ? {} : { causationId: more.causationId ?? command, command: note }),
  });
};

/** A batch of `fast` in the partition of a stream, with times that are known to the microsecond. */
const batch = (stream: string, from: bigint, to: bigint, waitedUs: number, workedUs: number) =>
  database.pool.query(
    `with place as (
       select p.partition, e.recorded_at from events e join consumer_partitions p
           on p.consumer = 'fast' and e.slice >= p.slice_from and e.slice < p.slice_to
        where e.stream = $1 order by e.version desc limit 1
     ), moved as (
       update consumer_partitions p set checkpoint = $3 from place where p.consumer = 'fast' and p.partition = place.partition
     )
     insert into consumer_batches (consumer, partition, epoch, from_position, to_position, events, read_at, committed_at, worker)
       select 'fast', partition, 1, $2, $3, 1, recorded_at + $4 * interval '1 microsecond',
              recorded_at + ($4 + $5) * interval '1 microsecond', 'w1' from place`,
    [stream, from, to, waitedUs, workedUs],
  );

test("waiting and working of every consumer are exact to the microsecond, and a trace is settled only when all is done", async () => {
  const correlationId = newId();
  const command = newId();
  const [asked] = await write("talk-1", "Asked", { correlationId, command });
  const position = asked?.firstPosition ?? 0n;
  const { id } = (await store.readByPosition(position)) ?? { id: "" };
  await write("talk-2", "Answered", { correlationId, causationId: id });
  const answer = (await store.readStream("talk-2"))[0];
  await batch("talk-1", position - 1n, position, 1_234, 56_789);

  const trace = await tracePage(context, correlationId);
  expect(trace.rows.map(({ kind, name, depth, status }) => [kind, name, depth, status])).toEqual([
    ["command", "Ask", 0, "done"],
    ["event", "Asked", 1, "done"],
    ["projection", "fast", 2, "done"],
    ["projection", "slow", 2, "unknown"],
    ["projection", "with-it", 2, "inline"],
    ["event", "Answered", 2, "done"],
    ["projection", "fast", 3, "waiting"],
  ]);
  const [, event, fast, slow] = trace.rows;
  expect([fast?.startUs, fast?.waitUs, fast?.workUs]).toEqual([event?.startUs, 1_234, 56_789]);
  expect(fast?.endUs).toBe((event?.startUs ?? 0) + 1_234 + 56_789);
  expect(slow?.endUs).toBeNull();
  expect([trace.settled, trace.openEnds, trace.counts]).toEqual([false, 2, { commands: 1, events: 2, streams: 2 }]);

  const page = await eventPage(context, { id });
  expect(page.command).toMatchObject({ id: command, name: "Ask", loadMs: 1, decideMs: 2 });
  expect(page.effects.map(({ event: effect, depth }) => [effect.id, depth])).toEqual([[answer?.id, 1]]);
  expect(page.processedBy.map(({ consumer, waitingMs, workingMs }) => [consumer, waitingMs, workingMs])[0]).toEqual([
    "fast",
    1.234,
    56.789,
  ]);
  expect((await eventPage(context, { id: answer?.id ?? "" })).causes.map(({ event: cause }) => cause.id)).toEqual([id]);

  await batch("talk-2", position, answer?.position ?? 0n, 10, 20);
  await database.pool.query("update consumer_partitions set checkpoint = $1 where consumer = 'slow'", [position]);
  const settled = await tracePage(context, correlationId);
  expect([settled.settled, settled.openEnds]).toEqual([true, 0]);
  // The slow one is past it, but its record is gone: done, and nothing is said about how long it took.
  const past = (await eventPage(context, { id })).processedBy.find(({ consumer }) => consumer === "slow");
  expect(past).toMatchObject({ state: "done", batch: null, waitingMs: null, workingMs: null });
});

test("an event belongs to the first batch of its own partition that reaches it, never to one that began behind it", async () => {
  const correlationId = newId();
  const [written] = await write("talk-9", "Asked", { correlationId });
  const position = written?.firstPosition ?? 0n;
  await batch("talk-9", position, position + 5n, 7, 7);
  const [step] = (await eventPage(context, { position: String(position) })).processedBy;
  expect(step).toMatchObject({ consumer: "fast", state: "done", batch: null });
  await batch("talk-9", position - 3n, position + 1n, 11, 13);
  const [found] = (await eventPage(context, { position: String(position) })).processedBy;
  expect(found).toMatchObject({ waitingMs: 0.011, workingMs: 0.013 });
});
