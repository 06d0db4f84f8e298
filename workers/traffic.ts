// First, for its effect: what is loaded before it is not instrumented.
import "@/lib/runtime/instrumented";

import { readConfig } from "@/lib/runtime/config";
import { telemetry } from "@/lib/runtime/instrumented";
import { stopSignal } from "@/lib/runtime/stop-signal";
import { openTidemark, type Tidemark } from "@/lib/runtime/tidemark";
import { createLogger } from "@/lib/telemetry/logger";
import { driveTraffic, type TrafficSettings } from "@/lib/traffic/drive";
import type { Counts } from "@/lib/traffic/patient-doors";
import { seedDemo } from "@/lib/traffic/seed-demo";
import type { Doors } from "@/lib/traffic/shop";

/** The process that drives the demo's shop: as the `traffic` row says, through commands, like any other client. */
async function main(): Promise<void> {
  const config = readConfig();
  const signal = stopSignal();
  const log = createLogger("traffic", { level: config.logLevel });
  const tidemark = await openTidemark(config, "traffic");
  const { commands, store } = tidemark;
  const doors: Doors = { send: (command) => commands.handle(command), append: store.append };
  const seen = async (stream: string) => (await store.readStream(stream, { limit: 200 })).map(({ type }) => type);
  process.send?.("ready");

  // The past is written first; meanwhile the driver only gives signs of life.
  let past: Counts | undefined;
  const emptyDemo = config.demo && (await tidemark.store.highWater()).head === 0n;
  const written = (emptyDemo ? seedDemo({ ...doors, signal }) : Promise.resolve(nothing))
    .catch((err: unknown) => {
      if (!signal.aborted) log.warn({ err }, "the demo's past could not be written whole");
      return nothing;
    })
    .then((counts) => {
      past = counts;
    });
  try {
    await driveTraffic({
      ...doors,
      seen,
      signal,
      readSettings: async () => {
        const settings = await readSettings(tidemark);
        return past ? settings : { ...settings, running: false };
      },
      report: async (counts) => {
        await report(tidemark, past ? add(counts, past) : counts);
        if (past) past = nothing;
      },
      onError: (err) => log.warn({ err }, "the traffic met an error"),
    });
    await written;
  } catch (err) {
    if (!signal.aborted) throw err;
  } finally {
    await tidemark.close();
    await telemetry.shutdown();
  }
}

async function readSettings({ pool }: Tidemark): Promise<TrafficSettings> {
  const { rows } = await pool.query<{ state: string; rate_per_second: number }>(
    "select state, rate_per_second from traffic",
  );
  return { running: rows[0]?.state === "running", ratePerSecond: rows[0]?.rate_per_second ?? 1 };
}

const nothing: Counts = { commands: 0, rejections: 0, conflicts: 0 };

function add(a: Counts, b: Counts): Counts {
  return {
    commands: a.commands + b.commands,
    rejections: a.rejections + b.rejections,
    conflicts: a.conflicts + b.conflicts,
  };
}

async function report({ pool }: Tidemark, counts: Counts): Promise<void> {
  await pool.query(
    `update traffic set seen_at = clock_timestamp(), commands = commands + $1, rejections = rejections + $2,
            conflicts = conflicts + $3`,
    [counts.commands, counts.rejections, counts.conflicts],
  );
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
