import { openPool } from "@/lib/db/pool";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { proofCatalog, proofProjections } from "@/lib/testing/proof/domain";
import { startProofProcess } from "@/lib/testing/proof/processes/settings";

/** A worker as the product has it, with the proof's domain and without tracing, so that it starts in a moment. */
async function main(): Promise<void> {
  const { url, name, signal } = startProofProcess();
  const pool = openPool({ url, max: 10, applicationName: "tidemark-worker" });
  await runWorker({
    url,
    pool,
    consumers: projectionConsumers(proofProjections, proofCatalog),
    workerId: `${name}-${process.pid}`,
    signal,
    log: createLogger("proof-worker", { level: "fatal" }),
    onReady: () => process.send?.("ready"),
  });
  await pool.end();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
