import { fork } from "node:child_process";
import path from "node:path";
import type pg from "pg";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import { openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain/index";
import { createEventStore } from "@/lib/event-store/store";
import { beginRebuild } from "@/lib/projections/rebuild/begin-rebuild";
import { registerProjections } from "@/lib/projections/register-projections";
import type { Answer } from "../answer";
import { spreadOf } from "../measure";
import { appendOrders } from "../orders";
import type { Reading } from "../processes/rebuild";
import { orderSummaryOf } from "../processes/rebuild";
import type { Setting } from "../setting";

const ORDERS = 20_000;

/** Does a worker's memory grow with the log that it replays? One rebuild over ten million events, in a process of its own. */
export async function askMemory(setting: Setting): Promise<readonly Answer[]> {
  const wanted = setting.events ?? (setting.quick ? 60_000 : 10_000_000);
  const url = await setting.tidemarkDatabase("memory");
  const owner = openPool({ url, role: null, max: 2, applicationName: "bench-owner" });
  const pool = openPool({ url, applicationName: "bench" });
  try {
    const appended = await appendOrders(createEventStore({ pool }), setting.quick ? 400 : ORDERS);
    const events = await multiply(owner, appended, Math.ceil(wanted / appended));
    const catalog = createCatalog(modules);
    const summary = orderSummaryOf(catalog);
    await registerProjections(pool, [summary], catalog);
    const { generation } = await inTransaction(pool, (client) => beginRebuild(client, summary, catalog, "bench"));
    const readings = await rebuildInChild(url, generation);
    return [answer(events, readings)];
  } finally {
    await Promise.all([pool.end(), owner.end()]);
  }
}

/**
 * Copies the whole log behind itself until it is `times` as long, each copy in streams of its own. Only a replay reads it, in the order
 * of positions, so the other indexes are dropped instead of kept up.
 */
async function multiply(owner: pg.Pool, events: number, times: number): Promise<number> {
  const { rows } = await owner.query<{ name: string }>(
    `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = 'events'::regclass and not i.indisprimary`,
  );
  for (const { name } of rows) await owner.query(`drop index ${name}`);
  const { rows: found } = await owner.query<{ last: bigint }>("select max(position) as last from events");
  const last = found[0]?.last ?? 0n;
  for (let copy = 1; copy < times; copy++) {
    await owner.query(
      `insert into events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                           correlation_id, actor, tenant, leaf, data, metadata)
       select position + $1::bigint, version, recorded_at, occurred_at, schema_version,
              (hashtextextended(stream || $2, 0) & 1023)::smallint, gen_random_uuid(), stream || $2, category, type, correlation_id,
              actor, tenant, leaf, data, metadata
         from events where position <= $3 order by position`,
      [last * BigInt(copy), `-${copy}`, last],
    );
  }
  await owner.query("select setval('position_seq', $1)", [last * BigInt(times)]);
  await owner.query("select * from advance_high_water('bench')");
  await owner.query("vacuum (analyze) events");
  return events * times;
}

/** Replays in a process that does nothing else; resolves with what it told of itself on the way. */
async function rebuildInChild(url: string, generation: number): Promise<readonly Reading[]> {
  const child = fork(path.join(__dirname, "../processes/rebuild.ts"), [url, String(generation)], {
    execArgv: ["--import", "tsx"],
  });
  const readings: Reading[] = [];
  child.on("message", (reading: Reading) => readings.push(reading));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`The rebuild ended with code ${code}.`);
  return readings;
}

function answer(events: number, readings: readonly Reading[]): Answer {
  const folding = readings.filter((reading) => reading.events > 0);
  const first = folding.filter((reading) => reading.events <= events / 2);
  const second = folding.filter((reading) => reading.events > events / 2);
  const mib = (some: readonly Reading[]) => spreadOf(some.map((reading) => reading.mib));
  const seconds = (readings.at(-1)?.ms ?? Number.NaN) / 1_000;
  const note = `${Math.round(events / seconds).toLocaleString("en")} events/s`;
  return {
    title: `Memory of a process that rebuilds an order summary over ${events.toLocaleString("en")} events`,
    unit: "MiB",
    lines: [
      { name: "before it begins", figure: mib(readings.slice(0, 1)) },
      { name: "over the first half of the log", figure: mib(first) },
      { name: "over the second half", figure: mib(second), note },
    ],
    goals: [
      {
        question: "rebuild: memory at most",
        reached: mib(folding).high,
        unit: "MiB",
        must: 300,
        aim: 200,
        better: "lower",
      },
      {
        question: "rebuild: memory at most, second half of the log against the first",
        reached: mib(second).high / mib(first).high,
        unit: "×",
        must: 1.1,
        aim: 1,
        better: "lower",
      },
    ],
  };
}
