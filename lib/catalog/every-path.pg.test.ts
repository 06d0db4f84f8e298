import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { inTransaction } from "@/lib/db/in-transaction";
import { createReadDatabase } from "@/lib/db/read-database";
import {
  command,
  type DecodedEvent,
  defineDecider,
  defineEvents,
  defineFold,
  defineHandler,
  defineModule,
  defineSplit,
  defineUpcaster,
  type FoldProjection,
  ownStream,
  type Projection,
  reject,
} from "@/lib/define";
import { createEventStore } from "@/lib/event-store/store";
import { captureFixture } from "@/lib/fixtures/capture-fixture";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { beginRebuild } from "@/lib/projections/rebuild/begin-rebuild";
import { replayFold } from "@/lib/projections/rebuild/replay-fold";
import { registerProjections } from "@/lib/projections/register-projections";
import { eventPage } from "@/lib/queries/event-page";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { caughtUp } from "@/lib/testing/consumer-state";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { readModelOf } from "@/lib/testing/fold-log";
import { stateAt } from "@/lib/time-travel/state-at";

const events = defineEvents({
  Packed: [2, z.object({ grams: z.int() })],
  Posted: [1, z.object({ by: z.string() })],
});
const upcasters = [
  defineUpcaster({ type: "Packed", from: 1, to: 2, up: ({ kg }: { kg: number }) => ({ grams: kg * 1000 }) }),
  defineSplit({
    type: "Sent",
    from: 1,
    into: { Packed: 1, Posted: 1 },
    split: ({ kg, by }: { kg: number; by: string }) => [
      { type: "Packed", schemaVersion: 1, data: { kg } },
      { type: "Posted", schemaVersion: 1, data: { by } },
    ],
  }),
];

/** The same stream in three forms of its day, and what every reader must make of it. */
const stored = [
  { type: "Sent", schemaVersion: 1, data: '{"kg":2,"by":"post"}' },
  { type: "Packed", schemaVersion: 1, data: '{"kg":1}' },
  { type: "Packed", schemaVersion: 2, data: '{"grams":5}' },
];
const expected = [
  'Packed 2 1.0 {"grams":2000}',
  'Posted 1 1.1 {"by":"post"}',
  'Packed 2 2.0 {"grams":1000}',
  'Packed 2 3.0 {"grams":5}',
];
const told = ({
  type,
  schemaVersion,
  version,
  index,
  data,
}: Pick<DecodedEvent, "type" | "schemaVersion" | "version" | "index" | "data">) =>
  `${type} ${schemaVersion} ${version}.${index} ${JSON.stringify(data)}`;

let crashAtPosted = 0;
const fold = (name: string, mode: "async" | "inline"): FoldProjection =>
  defineFold({
    name,
    version: 1,
    description: "What was seen of each parcel.",
    events,
    mode,
    columns: { seen: "json" },
    key: ownStream,
    initial: () => ({ seen: [] }),
    evolve: {
      Packed: (row, event) => ({ seen: [...(row.seen as string[]), told(event)] }),
      Posted: (row, event) => ({ seen: [...(row.seen as string[]), told(event)] }),
    },
  });
const [live, inline, late] = [fold("seen-live", "async"), fold("seen-inline", "inline"), fold("seen-late", "inline")];
const handler = defineHandler({
  name: "seen-handler",
  version: 1,
  description: "The same by statements of its own, which would show what is done twice.",
  events,
  columns: { id: "bigint", seen: "text" },
  primaryKey: ["id"],
  on: {
    Packed: (tx, event) => tx.query(`insert into ${tx.table} select count(*) + 1, $1 from ${tx.table}`, [told(event)]),
    Posted: async (tx, event) => {
      if (crashAtPosted-- > 0) throw new Error("not yet");
      await tx.query(`insert into ${tx.table} select count(*) + 1, $1 from ${tx.table}`, [told(event)]);
    },
  },
});
const parcel = defineDecider<string[]>()({
  category: "parcel",
  events,
  initialState: () => [],
  evolve: {
    Packed: (seen, _, event) => [...seen, told(event)],
    Posted: (seen, _, event) => [...seen, told(event)],
  },
  commands: {
    Tell: command({
      description: "Says what it has seen.",
      input: z.object({}),
      decide: (seen: string[]) => reject("parcel.seen", JSON.stringify(seen)),
    }),
  },
});

const projections: readonly Projection[] = [live, inline, late, handler];
const catalog = createCatalog([
  defineModule({ name: "parcels", description: "", events, upcasters, deciders: [parcel], projections }),
]);
let database: TestDatabase;
let ids: readonly string[] = [];
const stop = new AbortController();
let worker: Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await registerProjections(pool, [live, inline, handler], catalog);
  crashAtPosted = 1;
  worker = runWorker({
    url: database.url,
    pool,
    consumers: projectionConsumers([live, handler], catalog),
    workerId: "w",
    signal: stop.signal,
    log: createLogger("test", { level: "silent" }),
  });
  const store = createEventStore({ pool, inline: createInlineConsumers([inline], catalog) });
  await store.append({ writes: [{ stream: "parcel-1", expectedVersion: "none", events: stored }] });
  ids = (await store.readStream("parcel-1", { from: 1, limit: 10 })).map(({ id }) => id);
  await caughtUp(pool);
  await registerProjections(pool, [live, inline, late, handler], catalog);
});
afterAll(async () => {
  stop.abort();
  await worker;
  await database.close();
});

const source = () => ({ store: createEventStore({ pool: database.pool }), catalog });
const rows = async (projection: FoldProjection, generation?: number) =>
  (await readModelOf(database.pool, projection, generation)).flatMap(({ seen }) => seen as string[]);
const rebuilt = async (rowsMax: number) => {
  const { generation } = await inTransaction(database.pool, (client) => beginRebuild(client, live, catalog, "test"));
  await replayFold({ pool: database.pool, projection: live, catalog, generation, rowsMax });
  return rows(live, generation);
};

const paths: Readonly<Record<string, () => Promise<unknown>>> = {
  "a command's decision": async () => {
    const outcome = await createCommands(source()).handle({ category: "parcel", id: "1", command: "Tell", input: {} });
    return outcome.outcome === "rejected" ? JSON.parse(outcome.message) : outcome;
  },
  "time travel": async () => (await stateAt(source(), "parcel-1", {})).state,
  "a read model written by the append": () => rows(inline),
  "a read model written by the append, made from history": () => rows(late),
  "a read model that follows the log": () => rows(live),
  "a read model of statements, which failed once in the middle of an event": () =>
    eventually(
      async () => {
        const { rows } = await database.pool.query("select seen from tidemark_read.seen_handler order by id");
        return rows.length >= expected.length && rows.map(({ seen }) => seen);
      },
      { deadlineMs: 15_000, what: "the event that failed to be tried again" },
    ),
  "a rebuild": () => rebuilt(1_000),
  "what the API gives": async () => {
    const context = { reads: createReadDatabase(database.pool), catalog };
    const pages = await Promise.all(ids.map((id) => eventPage(context, { id })));
    return pages.flatMap(({ event, reading }) =>
      reading.status === "decoded"
        ? reading.forms.map(({ type, schemaVersion, data }, index) =>
            told({ ...event, type, schemaVersion, index, data: JSON.parse(data) } as unknown as DecodedEvent),
          )
        : [reading.status],
    );
  },
  "a fixture": async () => (await captureFixture(source(), "parcel-1")).state,
};

test.each(Object.keys(paths))("one and the same event is the same for %s", async (path) => {
  expect(await paths[path]?.()).toEqual(expected);
});

test("who reads a type is told of those it came from, and an event is counted once however many it is read as", async () => {
  const { rows } = await database.pool.query(
    "select c.types, sum(b.events)::int as events from consumers c join consumer_batches b on b.consumer = c.name where c.name = 'seen-live' and b.generation = 1 group by 1",
  );
  expect(rows).toEqual([{ types: ["Packed", "Posted", "Sent"], events: 3 }]);
});
