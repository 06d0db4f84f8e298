import { openPool } from "@/lib/db/pool";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { executeRuns } from "@/lib/runs/run-executor";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { proofCatalog, proofProjections } from "@/lib/testing/proof/domain";
import { markingRun } from "@/lib/testing/proof/marks";
import { startProofProcess } from "@/lib/testing/proof/processes/settings";

/** A worker as the product has it, with the proof's domain and without tracing, so that it starts in a moment. */
async function main(): Promise<void> {
  const { url, name, signal } = startProofProcess();
  const pool = openPool({ url, max: 10, applicationName: "tidemark-worker" });
  const workerId = `${name}-${process.pid}`;
  const log = createLogger("proof-worker", { level: "fatal" });
  const runs = executeRuns({ pool, kinds: [markingRun], worker: workerId, signal, log });
  await runWorker({
    url,
    pool,
    consumers: projectionConsumers(proofProjections, proofCatalog),
    workerId,
    signal,
    log,
    onReady: () => process.send?.("ready"),
  });
  await runs;
  await pool.end();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
