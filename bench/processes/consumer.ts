/** A consumer in a process of its own, as it would run: `fork(consumer.ts, [kind, url])`. Sends "ready", ends on "disconnect". */
import pg from "pg";
import { emmettSummary, makeEmmettSummary } from "../contenders/emmett-summary";
import { tidemarkWorker } from "../contenders/tidemark-worker";

async function consume(kind: string | undefined, url: string): Promise<void> {
  const stop = new AbortController();
  process.once("disconnect", () => stop.abort());
  const ready = () => process.send?.("ready");
  if (kind === "tidemark") await tidemarkWorker(url, ["order-summary"], stop.signal, ready);
  else if (kind === "emmett") {
    await makeEmmettSummary(url);
    const consumer = emmettSummary(url, { batchSize: 100, pullingFrequencyInMs: 50 }, () => undefined);
    consumer.start().catch(() => undefined);
    ready();
    await new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
    await consumer.close();
  } else await notified(url, stop.signal, ready);
}

/** The floor: woken by the append's own NOTIFY, one statement from rows to read model, one look at a time. */
async function notified(url: string, signal: AbortSignal, ready: () => void): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let after = "0";
  let working = false;
  let again = false;
  const look = async () => {
    again = true;
    if (working) return;
    working = true;
    while (again) {
      again = false;
      const { rows } = await client.query<{ position: string | null }>({
        name: "look",
        text: `with fresh as (select position, stream, type from raw_events where position > $1),
            written as (insert into floor_summary select stream, type from fresh
              on conflict (order_id) do update set status = excluded.status)
          select max(position) as position from fresh`,
        values: [after],
      });
      after = rows[0]?.position ?? after;
    }
    working = false;
  };
  client.on("notification", () => void look());
  await client.query("listen appended");
  ready();
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await client.end();
}

consume(process.argv[2], process.argv[3] ?? "").then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
