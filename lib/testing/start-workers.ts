import type { Projection } from "@/lib/define";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { executeRuns } from "@/lib/runs/run-executor";
import { defaultPolicy, type FailurePolicy } from "@/lib/subscriptions/failure-policy";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { counterCatalog, counters } from "@/lib/testing/counter-domain";
import type { TestDatabase } from "@/lib/testing/database";

/** A worker that runs inside the test, with the counters. */
export type TestWorker = { readonly id: string; readonly log: readonly string[]; readonly stop: () => Promise<void> };

/** Starts a worker of these projections, or all of the counters', in this process, and their rebuilds; `stop` drains it. */
export function startWorker(
  database: Pick<TestDatabase, "url" | "pool">,
  id: string,
  projections: readonly Projection[] = counters.projections,
  policy: Partial<FailurePolicy> = {},
  build = "unnamed",
): TestWorker {
  const stopping = new AbortController();
  const log: string[] = [];
  const logger = createLogger("test", { level: "warn", destination: { write: (line: string) => void log.push(line) } });
  const kinds = [rebuildRun(database.pool, projections, counterCatalog)];
  const { signal } = stopping;
  const runs = executeRuns({ pool: database.pool, kinds, worker: id, signal, log: logger });
  const consuming = runWorker({
    url: database.url,
    pool: database.pool,
    consumers: projectionConsumers(projections, counterCatalog).map((consumer) => ({
      ...consumer,
      failurePolicy: { ...defaultPolicy, ...policy },
    })),
    workerId: id,
    build,
    signal,
    log: logger,
  });
  return {
    id,
    log,
    stop: async () => {
      stopping.abort();
      await Promise.all([consuming, runs]);
    },
  };
}
