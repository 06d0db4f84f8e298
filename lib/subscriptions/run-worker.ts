import { setMaxListeners } from "node:events";
import type pg from "pg";
import { listen } from "@/lib/db/listener";
import { openPool } from "@/lib/db/pool";
import { createReadDatabase } from "@/lib/db/read-database";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import { highWaterChannel } from "@/lib/event-store/high-water-channel";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { countVersions } from "@/lib/subscriptions/count-versions";
import { leaveDuties } from "@/lib/subscriptions/hold-duty";
import { keepHouse } from "@/lib/subscriptions/keep-house";
import { keepLeases } from "@/lib/subscriptions/keep-leases";
import { sampleLag } from "@/lib/subscriptions/sample-lag";
import { bowOut } from "@/lib/subscriptions/worker-row";
import type { Logger } from "@/lib/telemetry/logger";

/** A worker's settings. `pool` acts as the application; consumers must be registered before. */
export type WorkerSettings = {
  readonly url: string;
  readonly schema?: string;
  readonly pool: pg.Pool;
  readonly consumers: readonly Consumer[];
  readonly workerId: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Names the build; it stands in the dead letters that its code leaves. */
  readonly build?: string;
  /** The newest spans that the database keeps. */
  readonly keptSpans?: number;
  /** Called once, when the worker has taken its first look at the partitions. */
  readonly onReady?: () => void;
};

const COMMIT_CONNECTIONS = 8;
const DRAIN_MS = 2_000;
/** Loops that wait for the same end: these here, and those of runs, processes and snapshots beside them. */
const LOOPS_MAX = 50;

/**
 * Runs one worker until `signal` is aborted: a candidate for the high-water agent, its share of the partitions, the lag
 * samples and the housekeeping. Survives restarts of the database. Resolves when the batches under way are finished and
 * the leases given back, about 2 s after the signal; what is not finished by then is rolled back by its epoch.
 */
export async function runWorker(settings: WorkerSettings): Promise<void> {
  const { url, schema = "tidemark", pool, consumers, workerId, signal, log, build = "unnamed", keptSpans } = settings;
  setMaxListeners(LOOPS_MAX, signal);
  // Effects and checkpoint are one commit, and what a crash of the server takes back is done again from the log, which
  // appends do wait for the disk with.
  const commits = openPool({
    url,
    durable: false,
    schema,
    max: COMMIT_CONNECTIONS,
    applicationName: "tidemark-consumers",
  });
  const onError = (what: string) => (error: unknown) => log.warn({ err: error }, `${what}; trying again`);
  let ready = false;
  const leases = keepLeases({
    pool,
    commits,
    worker: workerId,
    consumers,
    signal,
    log,
    build,
    onTick: () => {
      if (!ready) settings.onReady?.();
      ready = true;
    },
  });
  const channel = highWaterChannel(schema);
  const tasks = [
    leases.ended,
    runHighWaterAgent({ pool, owner: workerId, signal, notifyChannel: channel, onError: onError("high-water agent") }),
    listen({ url, channel, signal, onMessage: leases.wake, onConnect: leases.wake, onError: onError("listener") }),
    sampleLag({ pool, reads: createReadDatabase(pool), owner: workerId, signal, onError: onError("lag sampler") }),
    keepHouse({ pool, owner: workerId, keptSpans, signal, onError: onError("housekeeping") }),
    countVersions({ pool, owner: workerId, signal, onError: onError("counter of event versions") }),
  ];
  await Promise.race([Promise.all(tasks), drained(signal)]);
  await Promise.race([farewell(pool, workerId), expire(300)]);
  await Promise.race([commits.end(), expire(300)]);
}

async function farewell(pool: pg.Pool, worker: string): Promise<void> {
  await bowOut(pool, worker).catch(() => undefined);
  await leaveDuties(pool, worker).catch(() => undefined);
}

async function drained(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await expire(DRAIN_MS);
}

function expire(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
