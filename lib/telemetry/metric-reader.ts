import { metrics } from "@opentelemetry/sdk-node";
import { familiesOf, type MetricFamily } from "@/lib/telemetry/metric-family";
import { processWide } from "@/lib/telemetry/process-wide";

/** Collects when it is asked and sends nothing anywhere. */
class OnDemandReader extends metrics.MetricReader {
  protected onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

const held = processWide("metric-reader", () => ({ reader: undefined as metrics.MetricReader | undefined }));

/** Makes the reader that `collectMetrics` asks from now on; give it to the SDK. */
export function createMetricReader(): metrics.IMetricReader {
  held.reader = new OnDemandReader();
  return held.reader;
}

/** What this process has counted since it began; nothing before telemetry is started or after it was stopped. */
export async function collectMetrics(): Promise<readonly MetricFamily[]> {
  const { reader } = held;
  if (!reader) return [];
  const collected = await reader.collect().catch(() => undefined);
  return collected ? familiesOf(collected.resourceMetrics) : [];
}
