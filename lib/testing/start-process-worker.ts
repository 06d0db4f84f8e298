import type { Catalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import { processConsumers } from "@/lib/processes/process-consumers";
import { runDue } from "@/lib/processes/run-due";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";
import type { TestDatabase } from "@/lib/testing/database";

/** A worker that runs the processes of a catalog inside the test; `stop` drains it. */
export function startProcessWorker(database: TestDatabase, catalog: Catalog, id: string): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pool = openPool({ url: database.url, max: 10, applicationName: id, inline: ["any"] });
  const store = createEventStore({ pool });
  const log = createLogger("test", { level: "fatal" });
  const { processes } = catalog;
  const commands = createCommands({ store, catalog });
  const ended = Promise.all([
    runWorker({ url: database.url, pool, consumers: processConsumers(processes, catalog), workerId: id, signal, log }),
    runDue({ pool, store, commands, catalog, processes, signal, log }),
  ]);
  return async () => {
    stopping.abort();
    await ended;
    await pool.end();
  };
}
