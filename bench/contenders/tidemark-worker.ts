import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain/index";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { runWorker } from "@/lib/subscriptions/run-worker";
import { createLogger } from "@/lib/telemetry/logger";

/** Runs one worker with the named projections until the signal is aborted. It elects its own high-water agent. */
export async function tidemarkWorker(
  url: string,
  names: readonly string[],
  signal: AbortSignal,
  onReady?: () => void,
): Promise<void> {
  const pool = openPool({ url, applicationName: "bench-worker", max: 12 });
  const catalog = createCatalog(modules);
  const projections = catalog.projections.filter(({ name }) => names.includes(name));
  try {
    await registerProjections(pool, projections, catalog);
    await runWorker({
      url,
      pool,
      consumers: projectionConsumers(projections, catalog),
      workerId: `bench-${process.pid}`,
      signal,
      log: createLogger("bench", { level: "error" }),
      ...(onReady === undefined ? {} : { onReady }),
    });
  } finally {
    await pool.end();
  }
}
