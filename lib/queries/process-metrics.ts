import type { ReadDatabase } from "@/lib/db/read-database";
import type { MetricFamily } from "@/lib/telemetry/metric-family";
import type { ProcessName } from "@/lib/telemetry/process-name";

/** Processes that one scrape tells of, the latest seen. */
const PROCESSES_MAX = 256;

/**
 * What the other processes of the installation have counted, each series with the process it is from. A process that says
 * nothing any more is told of for two minutes, so that its last counts are scraped, and its gauges at once no longer: it
 * holds nothing. `except` is the one that asks, which knows its own better.
 */
export async function processMetrics(
  reads: ReadDatabase,
  except: ProcessName | undefined,
): Promise<readonly MetricFamily[]> {
  const rows = await reads.query<{ instance: string; service: string; seen: number; metrics: string }>(
    `select instance, service, extract(epoch from clock_timestamp() - seen_at)::float8 as seen, metrics
       from process_metrics
      where seen_at > clock_timestamp() - interval '2 minutes' and instance is distinct from $1
      order by seen_at desc limit $2`,
    [except?.instance ?? null, PROCESSES_MAX],
  );
  return rows.flatMap(({ instance, service, seen, metrics }) => {
    const families = JSON.parse(metrics) as readonly MetricFamily[];
    return ofProcess(
      { instance, service },
      families.filter(({ kind }) => kind !== "gauge" || seen < ALIVE_SECONDS),
    );
  });
}

/** Three missed tellings. */
const ALIVE_SECONDS = 15;

/** Families of one process, named on every series as OpenTelemetry names it. */
export function ofProcess(
  { service, instance }: ProcessName,
  families: readonly MetricFamily[],
): readonly MetricFamily[] {
  const who = { service_name: service, service_instance_id: instance };
  return families.map((family) => ({
    ...family,
    points: family.points.map(({ labels, value }) => ({ labels: { ...labels, ...who }, value })),
  }));
}
