import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { openPool } from "@/lib/db/pool";
import { importBatch } from "@/lib/import/import-batch";
import type { Answer } from "../answer";
import { rawTable } from "../contenders/raw";
import { data, dataText, metadataText } from "../event";
import { takeTurns, timed } from "../measure";
import { plainPool } from "../plain-pool";
import type { Setting } from "../setting";

/** How fast does a foreign log come in? CloudEvents with 303 bytes of payload, ten events a stream. */
export async function askImport(setting: Setting): Promise<readonly Answer[]> {
  const events = setting.quick ? 5_000 : 100_000;
  const raw = plainPool(await setting.database("copy"), 1);
  await raw.query(rawTable);
  const pool = openPool({ url: await setting.tidemarkDatabase("import"), applicationName: "bench" });
  try {
    const floor = async () => {
      const rows = copyRows(events);
      return events / (await seconds(() => copy(raw, rows)));
    };
    const ours = async () => {
      const lines = cloudEvents(events);
      return events / (await seconds(() => bring(pool, lines)));
    };
    const turns = [
      { name: "COPY into a table with two indexes", run: floor },
      { name: "Tidemark import", run: ours },
    ];
    const figures = await takeTurns(turns, setting.quick ? 1 : 5);
    const [copied, tidemark] = [...figures.values()];
    return [
      {
        title: `Bulk import of ${events.toLocaleString("en")} events`,
        unit: "events/s",
        lines: [...figures].map(([name, figure]) => ({ name, figure })),
        goals: [
          {
            question: "bulk import: Tidemark against COPY",
            reached: (tidemark?.median ?? Number.NaN) / (copied?.median ?? Number.NaN),
            unit: "×",
            must: 0.4,
            aim: 0.8,
            better: "higher",
          },
        ],
      },
    ];
  } finally {
    await Promise.all([raw.end(), pool.end()]);
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  return (await timed(work)) / 1000;
}

/** Rows in COPY's text form, made before the clock runs. */
function copyRows(events: number): readonly string[] {
  const run = randomUUID();
  return Array.from({ length: events }, (_, i) => {
    const version = 1 + Math.floor(i / (events / 10));
    const stream = `order-${run}-${i % (events / 10)}`;
    return `${randomUUID()}\t${stream}\t${version}\tOrderPlaced\t${dataText}\t${metadataText}\n`;
  });
}

async function copy(raw: ReturnType<typeof plainPool>, rows: readonly string[]): Promise<void> {
  const client = await raw.connect();
  try {
    await pipeline(
      Readable.from(rows),
      client.query(copyFrom("copy raw_events (event_id, stream, version, type, data, metadata) from stdin")),
    );
  } finally {
    client.release();
  }
}

/** Lines of a log nobody has seen before, ten events a stream. Made before the clock runs, as a file would be there. */
function cloudEvents(events: number): readonly string[] {
  const run = randomUUID();
  return Array.from({ length: events }, (_, i) =>
    JSON.stringify({
      specversion: "1.0",
      id: randomUUID(),
      source: "/bench",
      type: "OrderPlaced",
      subject: `order-${run}x${i % (events / 10)}`,
      time: "2026-03-14T09:26:53Z",
      data,
    }),
  );
}

/** In requests of as many lines as the command line sends at once: they make just under 8 MiB. */
async function bring(pool: ReturnType<typeof openPool>, lines: readonly string[]): Promise<void> {
  const width = 15_000;
  for (let first = 0; first < lines.length; first += width) {
    const result = await importBatch({ pool }, lines.slice(first, first + width), {});
    if (result.refused.length > 0) throw new Error(`Refused: ${result.refused[0]?.message}`);
  }
}
