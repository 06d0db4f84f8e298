import type pg from "pg";
import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import type { Answer, Goal, Line } from "../answer";
import { emmettStore } from "../contenders/emmett";
import { emmettSummary, makeEmmettSummary } from "../contenders/emmett-summary";
import { tidemarkWorker } from "../contenders/tidemark-worker";
import { spreadOf, timed } from "../measure";
import { nodeLoop, summaryTable } from "../node-loop";
import { appendOrders, orderLife } from "../orders";
import type { Setting } from "../setting";

/** How fast does a new order summary catch up with a long log? Every contender writes the same kind of table. */
export async function askCatchUp(setting: Setting): Promise<readonly Answer[]> {
  const streams = setting.quick ? 400 : 20_000;
  const rounds = setting.quick ? 1 : 3;
  const url = await setting.tidemarkDatabase("catchup");
  const owner = openPool({ url, role: null, max: 4, applicationName: "bench-owner" });
  const pool = openPool({ url, applicationName: "bench" });
  const store = createEventStore({ pool });
  try {
    const events = await appendOrders(store, streams);
    await owner.query("select * from advance_high_water('bench')");
    await owner.query(summaryTable);
    await owner.query("vacuum analyze events");

    const floor: number[] = [];
    const loop: number[] = [];
    const tidemark: number[] = [];
    for (let round = 0; round < rounds; round++) {
      floor.push(rateOf(events, await timed(() => physicalFloor(owner))));
      loop.push(rateOf(events, await timed(() => nodeLoop(owner, 10_000))));
      tidemark.push(rateOf(events, await tidemarkCatchUp(url, owner)));
    }
    const emmett = await emmettCatchUp(setting);
    const lines: readonly Line[] = [
      { name: "one INSERT … SELECT … GROUP BY", figure: spreadOf(floor), note: "floor: no checkpoint, no batches" },
      { name: "Node loop, batch 10,000", figure: spreadOf(loop), note: "no decoding, no validation, no lease" },
      { name: "Tidemark, one worker", figure: spreadOf(tidemark), note: "decodes, validates, fences, records batches" },
      {
        name: "Emmett 0.42.0, batch 10,000, polling 1 ms",
        figure: spreadOf(emmett),
        note: `${emmettEvents(setting).toLocaleString("en")} events`,
      },
    ];
    return [
      {
        title: `Catch-up of an order summary, ${events.toLocaleString("en")} events in ${streams.toLocaleString("en")} streams`,
        unit: "events/s",
        lines,
        goals: goalsOf(lines),
      },
    ];
  } finally {
    await Promise.all([pool.end(), owner.end()]);
  }
}

function goalsOf([floor, loop, tidemark, emmett]: readonly Line[]): readonly Goal[] {
  const against = (name: string, other: Line | undefined, must: number | null, aim: number | null): Goal => ({
    question: `catch-up: Tidemark against ${name}`,
    reached: (tidemark?.figure.median ?? Number.NaN) / (other?.figure.median ?? Number.NaN),
    unit: "×",
    must,
    aim,
    better: "higher",
  });
  return [
    against("the Node loop at 10,000", loop, 1, 2.5),
    against("Emmett's best", emmett, 20, null),
    against("the physical floor", floor, null, 0.45),
  ];
}

/** Events a second. */
export function rateOf(events: number, ms: number): number {
  return events / (ms / 1000);
}

/** What the server alone needs for a summary, in one statement. */
export async function physicalFloor(owner: pg.Pool): Promise<void> {
  await owner.query("truncate loop_summary");
  await owner.query(`
    insert into loop_summary (order_id, status, pieces, total_cents, updated_at, position)
    select stream, (array_agg(type order by version desc))[1],
           sum(case when type = 'ItemAdded' then (data ->> 'quantity')::int else 0 end),
           max(case when type = 'OrderPlaced' then (data ->> 'totalCents')::bigint end), max(recorded_at), max(position)
      from events where category = 'order' group by stream`);
}

/** Milliseconds from a worker's start, its registration and leases included, to the last checkpoint at the mark. */
async function tidemarkCatchUp(url: string, owner: pg.Pool): Promise<number> {
  await owner.query(
    "drop view if exists tidemark_read.order_summary; drop table if exists tidemark_read.order_summary_g1",
  );
  await owner.query("delete from consumers");
  const stop = new AbortController();
  const begin = performance.now();
  const worker = tidemarkWorker(url, ["order-summary"], stop.signal);
  try {
    for (;;) {
      const { rows } = await owner.query<{ done: boolean }>(
        `select count(*) > 0 and min(p.checkpoint) >= (select position from high_water) as done
           from consumer_partitions p where p.consumer = 'order-summary'`,
      );
      if (rows[0]?.done) return performance.now() - begin;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    stop.abort();
    await worker;
  }
}

/** How many events Emmett is given. */
export function emmettEvents(setting: Setting): number {
  return setting.quick ? 1_500 : 30_000;
}

/** Emmett's rate over fewer events: at its rate, the whole log would take minutes a round. */
export async function emmettCatchUp(setting: Setting): Promise<readonly number[]> {
  const url = await setting.database("emmett");
  const { store, close } = await emmettStore(url, 8);
  const events = emmettEvents(setting);
  await makeEmmettSummary(url);
  // One after the other: of events that were appended at the same time its consumer loses some, and would never be done.
  for (let i = 0; i < events / 15; i++) {
    const life = orderLife(i).map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));
    await store.appendToStream(`order-${i}`, life);
  }
  let handled = 0;
  const begin = performance.now();
  const consumer = emmettSummary(url, { batchSize: 10_000, pullingFrequencyInMs: 1 }, (count) => {
    handled += count;
  });
  const running = consumer.start();
  running.catch(() => undefined);
  await reaches(() => handled, events);
  const ms = performance.now() - begin;
  await consumer.close();
  await close();
  return [rateOf(events, ms)];
}

/** Waits until the count is there; throws when it has not moved for ten seconds. */
async function reaches(count: () => number, goal: number): Promise<void> {
  let seen = -1;
  let since = performance.now();
  while (count() < goal) {
    if (count() !== seen) {
      seen = count();
      since = performance.now();
    }
    if (performance.now() - since > 10_000) throw new Error(`It stands still at ${seen} of ${goal}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
