import type pg from "pg";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain/index";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { createSnapshots } from "@/lib/snapshots/snapshots";
import { bisect } from "@/lib/time-travel/bisect";
import { blame } from "@/lib/time-travel/blame";
import { stateAt } from "@/lib/time-travel/state-at";
import type { Answer } from "../answer";
import { quantile, spreadOf, takeTurns, timed } from "../measure";
import type { Setting } from "../setting";

/** How long does a long stream's state take, at its end and anywhere in it, with snapshots and without? */
export async function askTravel(setting: Setting): Promise<readonly Answer[]> {
  const pool = openPool({ url: await setting.tidemarkDatabase("travel"), applicationName: "bench" });
  try {
    const store = createEventStore({ pool });
    const answers: Answer[] = [];
    for (const length of setting.quick ? [2_000] : [10_000, 100_000])
      answers.push(await ask(setting, pool, store, length));
    return answers;
  } finally {
    await pool.end();
  }
}

async function ask(setting: Setting, pool: pg.Pool, store: EventStore, length: number): Promise<Answer> {
  const catalog = createCatalog(modules);
  const stream = `inventory-${length}`;
  const snapshots = createSnapshots({ pool, store, catalog, writer: "bench" });
  await grow(store, stream, length);
  await snapshots.take(stream);
  const plain = { store, catalog };
  const quick = { store, catalog, snapshots };
  const anywhere = () => 1 + Math.floor(Math.random() * length);
  const rounds = setting.quick ? 3 : 15;
  const turns = [
    { name: "raw SELECT and parse of the whole stream", run: () => median(rounds, () => raw(pool, stream)) },
    { name: "state now, every event folded", run: () => median(rounds, () => stateAt(plain, stream)) },
    { name: "state now, from the newest snapshot", run: () => median(rounds, () => stateAt(quick, stream)) },
    {
      name: "state at any version, every event folded",
      run: () => median(rounds, () => stateAt(plain, stream, { version: anywhere() })),
    },
    {
      name: "state at any version, from the snapshot below",
      run: () => median(rounds, () => stateAt(quick, stream, { version: anywhere() })),
    },
    { name: "blame of the last state", run: () => median(1, () => blame(quick, stream)) },
    { name: "bisect up to the end", run: () => median(1, () => bisect(quick, stream, { where: "onHand < 0" })) },
  ];
  for (const { run } of turns) await run();
  const figures = await takeTurns(turns, setting.quick ? 2 : 5);
  const of = (name: string) => (figures.get(name) ?? spreadOf([])).median;
  const goal = (question: string, name: string, must: number, aim: number) =>
    ({ question, reached: of(name), unit: "ms", must, aim, better: "lower" }) as const;
  return {
    title: `Travel in a stream of ${length.toLocaleString("en")} events (snapshots every 200, at most 128 kept)`,
    unit: "ms",
    lines: [...figures].map(([name, figure]) => ({ name, figure })),
    goals:
      length === 10_000
        ? [
            goal("load a 10,000-event stream with snapshot, ms", "state now, from the newest snapshot", 60, 3),
            goal(
              "any version of 10,000 events, snapshot near, ms",
              "state at any version, from the snapshot below",
              60,
              10,
            ),
            goal("any version of 10,000 events, no snapshot, ms", "state at any version, every event folded", 300, 100),
          ]
        : [],
  };
}

/** Deliveries and sales of one article, 137 of them behind the last multiple of 200. */
async function grow(store: EventStore, stream: string, length: number): Promise<void> {
  const received = JSON.stringify({ sku: "MUG-01", quantity: 3, supplier: "Northern Pottery", batch: "B-2026-03" });
  for (let at = 0; at < length + 137; at += 1_000) {
    const count = Math.min(1_000, length + 137 - at);
    const events = Array.from({ length: count }, () => ({ type: "StockReceived", schemaVersion: 2, data: received }));
    await store.append({ writes: [{ stream, expectedVersion: "any", events }] });
  }
}

async function raw(pool: pg.Pool, stream: string): Promise<number> {
  const { rows } = await pool.query<{ data: string }>({
    name: "raw-travel",
    text: "select * from events where stream = $1 order by version",
    values: [stream],
  });
  return rows.reduce((sum, { data }) => sum + (JSON.parse(data) as { quantity: number }).quantity, 0);
}

async function median(times: number, load: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) taken.push(await timed(load));
  return quantile(taken, 0.5);
}
