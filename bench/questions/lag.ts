import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";
import pg from "pg";
import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import type { Answer, Goal } from "../answer";
import { emmettStore } from "../contenders/emmett";
import { rawTable } from "../contenders/raw";
import { quantile, spreadOf } from "../measure";
import { orderLife } from "../orders";
import { plainPool } from "../plain-pool";
import type { Setting } from "../setting";

type Contender = {
  readonly name: string;
  readonly kind: "floor" | "tidemark" | "emmett";
  readonly url: string;
  /** Appends the first event of a new order, and resolves when that is acknowledged. */
  readonly append: (stream: string) => Promise<unknown>;
  /** The read model: a row there is what makes an event visible. */
  readonly table: string;
  readonly key: string;
  readonly close: () => Promise<void>;
};

const [opened] = orderLife(1);
const payload = JSON.stringify(opened?.data);

/** How long after an append was acknowledged is its row visible? The consumer is a process of its own. */
export async function askLag(setting: Setting): Promise<readonly Answer[]> {
  const contenders = [await floor(setting), await tidemark(setting), await emmett(setting)];
  const rounds = setting.quick ? 1 : 3;
  const answers: Answer[] = [];
  try {
    for (const perSecond of [50, 500]) {
      const times = new Map(contenders.map(({ name }) => [name, { p50: [] as number[], p99: [] as number[] }]));
      for (let round = 0; round < rounds; round++) {
        for (const contender of contenders) {
          const lags = await measure(contender, perSecond, setting.quick ? 2 : 12);
          times.get(contender.name)?.p50.push(quantile(lags, 0.5));
          times.get(contender.name)?.p99.push(quantile(lags, 0.99));
        }
      }
      answers.push(answer(perSecond, times));
    }
  } finally {
    for (const { close } of contenders) await close();
  }
  return answers;
}

function answer(
  perSecond: number,
  times: ReadonlyMap<string, { p50: readonly number[]; p99: readonly number[] }>,
): Answer {
  const tidemark = times.get("Tidemark") ?? { p50: [], p99: [] };
  const goal = (share: string, values: readonly number[], must: number, aim: number): Goal => ({
    question: `lag at ${perSecond} appends/s, ${share}`,
    reached: spreadOf(values).median,
    unit: "ms",
    must,
    aim,
    better: "lower",
  });
  return {
    title: `Append acknowledged to row visible, ${perSecond} appends/s`,
    unit: "ms, p50",
    lines: [...times].map(([name, { p50, p99 }]) => ({
      name,
      figure: spreadOf(p50),
      note: `p99 ${spreadOf(p99).median.toFixed(1)}`,
    })),
    goals: [goal("p50", tidemark.p50, 10, 2), goal("p99", tidemark.p99, 50, 12)],
  };
}

/** Lags in ms of every append of one run. Rows announce themselves by a trigger: the same small cost for each contender. */
async function measure(contender: Contender, perSecond: number, seconds: number): Promise<readonly number[]> {
  const consumer = await startConsumer(contender);
  const seenAt = new Map<string, number>();
  const ackedAt = new Map<string, number>();
  const observer = new pg.Client({ connectionString: contender.url });
  await observer.connect();
  try {
    await observer.query(announcing(contender));
    observer.on("notification", ({ payload: key }) => {
      if (key !== undefined && !seenAt.has(key)) seenAt.set(key, performance.now());
    });
    await observer.query("listen seen");
    const run = randomUUID().slice(0, 8);
    const total = perSecond * seconds;
    const begin = performance.now();
    const appends: Promise<unknown>[] = [];
    for (let i = 0; i < total; i++) {
      const wait = begin + (i * 1000) / perSecond - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const stream = `order-${run}x${i}`;
      appends.push(contender.append(stream).then(() => ackedAt.set(stream, performance.now())));
    }
    await Promise.all(appends);
    const deadline = performance.now() + 10_000;
    while (seenAt.size < total && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    if (seenAt.size < total) console.log(`${contender.name}: ${total - seenAt.size} of ${total} rows never came.`);
    // A row can be seen before the append's answer has been read; that is no wait at all.
    return [...seenAt].map(([stream, at]) => Math.max(0, at - (ackedAt.get(stream) ?? at)));
  } finally {
    await observer.end();
    const gone = new Promise((resolve) => consumer.once("exit", resolve));
    consumer.disconnect();
    await gone;
  }
}

function announcing({ table, key }: Contender): string {
  return `create or replace function announce_row() returns trigger language plpgsql as
      $$ begin perform pg_notify('seen', new.${key}); return null; end $$;
    create or replace trigger announce after insert on ${table} for each row execute function announce_row()`;
}

async function startConsumer({ kind, url }: Contender): Promise<ChildProcess> {
  const child = fork(path.join(__dirname, "../processes/consumer.ts"), [kind, url], { execArgv: ["--import", "tsx"] });
  await new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`The consumer ended with code ${code}.`)));
  });
  return child;
}

async function floor(setting: Setting): Promise<Contender> {
  const url = await setting.database("floor");
  const pool = plainPool(url, 10);
  await pool.query(`${rawTable}; create table floor_summary (order_id text primary key, status text)`);
  const append = (stream: string) =>
    pool.query({
      name: "append",
      text: `with told as (select pg_notify('appended', ''))
        insert into raw_events (event_id, stream, version, type, data, metadata) select $1, $2, 1, 'CartOpened', $3, '{}' from told`,
      values: [randomUUID(), stream, payload],
    });
  return {
    name: "LISTEN/NOTIFY floor",
    kind: "floor",
    url,
    append,
    table: "floor_summary",
    key: "order_id",
    close: () => pool.end(),
  };
}

async function tidemark(setting: Setting): Promise<Contender> {
  const url = await setting.tidemarkDatabase("lag");
  const pool = openPool({ url, applicationName: "bench" });
  const store = createEventStore({ pool });
  const events = [{ type: "CartOpened", schemaVersion: opened?.schemaVersion ?? 1, data: payload }];
  const append = (stream: string) => store.append({ writes: [{ stream, expectedVersion: "none", events }] });
  const table = "tidemark_read.order_summary_g1";
  return { name: "Tidemark", kind: "tidemark", url, append, table, key: "key", close: () => pool.end() };
}

async function emmett(setting: Setting): Promise<Contender> {
  const url = await setting.database("emmett");
  const { store, close } = await emmettStore(url, 10);
  const event = { type: "CartOpened", data: opened?.data as Record<string, unknown> };
  const append = (stream: string) => store.appendToStream(stream, [event]);
  return {
    name: "Emmett 0.42.0, defaults",
    kind: "emmett",
    url,
    append,
    table: "emmett_summary",
    key: "order_id",
    close,
  };
}
