// First, for its effect: what is loaded before it is not instrumented.
import "@/lib/runtime/instrumented";

import { hostname } from "node:os";
import path from "node:path";

import { sendNotices } from "@/lib/alerts/send/send-notices";
import { watchAlerts } from "@/lib/alerts/watch-alerts";
import { keepExports } from "@/lib/export/keep-exports";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { tellWitnesses } from "@/lib/integrity/tell-witnesses";
import { forgetEnded } from "@/lib/processes/forget-ended";
import { registerProcesses } from "@/lib/processes/register-processes";
import { runDue } from "@/lib/processes/run-due";

import { registerProjections } from "@/lib/projections/register-projections";
import { executeRuns } from "@/lib/runs/run-executor";
import { readConfig } from "@/lib/runtime/config";
import { telemetry } from "@/lib/runtime/instrumented";
import { keepSnapshots } from "@/lib/runtime/keep-snapshots";
import { stopSignal } from "@/lib/runtime/stop-signal";
import { openTidemark } from "@/lib/runtime/tidemark";
import { keepHeapTight } from "@/lib/runtime/tight-heap";
import { witnessesOf } from "@/lib/runtime/witnesses";
import { beginDueShreds } from "@/lib/shred/begin-shred";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";

/** A worker that still runs this long after it was told to stop ends itself: its leases run out by themselves. */
const LAST_RESORT_MS = 2_900;

/** One worker process: registers what consumes the log, then does its share of that until it is told to stop. */
async function main(): Promise<void> {
  keepHeapTight();
  const config = readConfig();
  const log = createLogger("worker", { level: config.logLevel });
  const signal = stopSignal();
  signal.addEventListener("abort", () => setTimeout(() => process.exit(0), LAST_RESORT_MS).unref());
  const workerId = `${hostname()}-${process.pid}-${Date.now().toString(36)}`;
  const tidemark = await openTidemark(config, "worker");
  try {
    const { pool, store, commands, catalog, projections } = tidemark;
    const { processes } = catalog;
    await registerProjections(pool, projections, catalog);
    await registerProcesses(pool, processes, catalog);
    const runs = executeRuns({ pool, kinds: tidemark.runKinds, worker: workerId, signal, log });
    const shredded = beginDueShreds({ pool, kinds: tidemark.runKinds, signal, log });
    const due = runDue({ pool, store, commands, catalog, processes, signal, log });
    const forgotten = forgetEnded({ pool, owner: workerId, keepDays: config.keepEndedDays, signal, log });
    const watched = watchAlerts({
      ...{ pool, reads: tidemark.reads, owner: workerId, signal },
      onError: (error) => log.warn({ err: error }, "alerts are evaluated later"),
    });
    const { consoleUrl, alertTargets: allowed } = config;
    const told = sendNotices({
      ...{ pool, owner: workerId, consoleUrl, allowed, signal },
      onError: (error) => log.warn({ err: error }, "notices are sent later"),
    });
    const kept = keepSnapshots(tidemark, { owner: workerId, signal, log });
    const exported = keepExports(pool, tidemark.exports, { signal, log });
    const noteFile = path.join(config.dataDirectory, "checkpoint-note");
    const proven = keepMerkleLog({ pool, owner: workerId, key: config.signingKey, noteFile, signal, log });
    const published = tellWitnesses({
      ...{ pool, owner: workerId, witnesses: witnessesOf(config), everyMs: config.witness.everyMs, signal },
      onError: (error) => log.warn({ err: error }, "checkpoint notes are published later"),
    });
    await runWorker({
      url: tidemark.config.databaseUrl,
      schema: config.schema,
      pool,
      consumers: tidemark.consumers,
      build: config.build,
      keptSpans: config.telemetry.keptSpans,
      workerId,
      signal,
      log,
      onReady: () => {
        log.info({ worker: workerId }, "worker is ready");
        process.send?.("ready");
      },
    });
    await Promise.all([runs, shredded, due, forgotten, kept, exported, watched, told, proven, published]);
    log.info({ worker: workerId }, `worker stopped (${String(signal.reason)})`);
  } finally {
    await tidemark.close();
    await telemetry.shutdown();
    if (process.connected) process.disconnect();
  }
}

main().catch((error: unknown) => {
  createLogger("worker").fatal({ err: error }, "worker ends");
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
