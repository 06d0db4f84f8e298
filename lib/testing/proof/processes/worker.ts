import path from "node:path";
import { createCommands } from "@/lib/commands/handle";
import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { runDue } from "@/lib/processes/run-due";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import { executeRuns } from "@/lib/runs/run-executor";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import { proofCatalog, proofConsumers, proofInline, proofProjections, proofRuns } from "@/lib/testing/proof/domain";
import { startProofProcess } from "@/lib/testing/proof/processes/settings";

// All workers of a store sign with one key; this one is the example of Go's note package.
const SIGNING_KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/** A worker as the product has it, with the proof's domain and without tracing, so that it starts in a moment. */
async function main(): Promise<void> {
  const { url, name, signal } = startProofProcess();
  const pool = openPool({ url, max: 14, applicationName: "tidemark-worker", inline: proofInline });
  const worker = `${name}-${process.pid}`;
  const log = createLogger("proof-worker", { level: "fatal" });
  const store = createEventStore({ pool, inline: createInlineConsumers(proofProjections, proofCatalog) });
  const commands = createCommands({ store, catalog: proofCatalog });
  const { processes } = proofCatalog;
  const runs = executeRuns({ pool, kinds: proofRuns(pool), worker, signal, log });
  const due = runDue({ pool, store, commands, catalog: proofCatalog, processes, signal, log });
  const key = { text: SIGNING_KEY };
  // Beside the program, whose folder lives as long as the proof and its stores.
  const noteFile = path.join(
    path.dirname(process.argv[1] ?? "."),
    `note-of-${name}-${path.basename(new URL(url).pathname)}`,
  );
  const merkle = keepMerkleLog({ pool, owner: worker, key, noteFile, signal, log });
  const onReady = () => process.send?.("ready");
  await runWorker({ url, pool, consumers: proofConsumers(), workerId: worker, signal, log, onReady });
  await Promise.all([runs, due, merkle]);
  await pool.end();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
