import type pg from "pg";
import { collectMetrics } from "@/lib/telemetry/metric-reader";
import { processName } from "@/lib/telemetry/process-name";

/**
 * Tells the installation what this process has counted so far, in its own row. A process that begins anew has a new row:
 * within one, counts never go back. Resolves with false; nothing waits.
 */
export async function writeMetrics(pool: pg.Pool): Promise<boolean> {
  const name = processName();
  const families = await collectMetrics();
  if (!name || families.length === 0) return false;
  await pool.query({
    name: "write_metrics",
    text: `insert into process_metrics (instance, service, metrics) values ($1, $2, $3)
           on conflict (instance) do update set seen_at = clock_timestamp(), metrics = excluded.metrics`,
    values: [name.instance, name.service, JSON.stringify(families)],
  });
  return false;
}
