import type pg from "pg";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain/index";
import { createEventStore } from "@/lib/event-store/store";
import { stateAt } from "@/lib/time-travel/state-at";
import type { Answer } from "../answer";
import { quantile, spreadOf, takeTurns, timed } from "../measure";
import { orderLife } from "../orders";
import type { Setting } from "../setting";

/** How long does it take to load a stream and fold it, cold: nothing of it is remembered from the last time? */
export async function askLoad(setting: Setting): Promise<readonly Answer[]> {
  const pool = openPool({ url: await setting.tidemarkDatabase("load"), applicationName: "bench" });
  try {
    const answers: Answer[] = [];
    for (const length of [100, 1_000]) answers.push(await ask(setting, pool, length));
    return answers;
  } finally {
    await pool.end();
  }
}

async function ask(setting: Setting, pool: pg.Pool, length: number): Promise<Answer> {
  const store = createEventStore({ pool });
  const catalog = createCatalog(modules);
  const stream = `order-load${length}`;
  await store.append({ writes: [{ stream, expectedVersion: "none", events: longCart(length) }] });

  const turns = [
    { name: "raw SELECT, parse, fold", run: () => median(setting, () => rawLoad(pool, stream)) },
    {
      name: "Tidemark: read, upcast, validate, fold",
      run: () => median(setting, () => stateAt({ store, catalog }, stream, {})),
    },
  ];
  for (const { run } of turns) await run();
  const figures = await takeTurns(turns, setting.quick ? 2 : 7);
  const [raw, tidemark] = [...figures.values()];
  return {
    title: `Load a stream of ${length.toLocaleString("en")} events and fold it`,
    unit: "ms",
    lines: [...figures].map(([name, figure]) => ({ name, figure })),
    goals:
      length === 1_000
        ? [
            {
              question: "load 1,000 events and fold: Tidemark's time against raw",
              reached: (tidemark ?? spreadOf([])).median / (raw ?? spreadOf([])).median,
              unit: "×",
              must: 1.2,
              aim: 0.3,
              better: "lower",
            },
          ]
        : [],
  };
}

/** A cart that somebody fills for a very long time, then the rest of an order's life left out. */
function longCart(length: number) {
  const [opened, added] = orderLife(1);
  return Array.from({ length }, (_, i) => {
    const event = i === 0 ? opened : added;
    if (event === undefined) throw new Error("An order's life begins with two events.");
    return { type: event.type, schemaVersion: event.schemaVersion, data: JSON.stringify(event.data) };
  });
}

/** What one would write without a store: whole rows by a prepared statement, parsed, folded by a switch. */
async function rawLoad(pool: pg.Pool, stream: string): Promise<unknown> {
  const { rows } = await pool.query<{ type: string; data: string }>({
    name: "raw-load",
    text: "select * from events where stream = $1 order by version",
    values: [stream],
  });
  const lines = new Map<string, number>();
  for (const { type, data } of rows) {
    const payload = JSON.parse(data);
    if (type === "ItemAdded") lines.set(payload.sku, (lines.get(payload.sku) ?? 0) + payload.quantity);
  }
  return lines;
}

async function median(setting: Setting, load: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < (setting.quick ? 5 : 30); i++) times.push(await timed(load));
  return quantile(times, 0.5);
}
