import { z } from "zod";
import { plainText } from "@/app/_lib/answer";
import { endpoint } from "@/app/_lib/route";
import { installationMetrics } from "@/lib/queries/installation-metrics";
import { ofProcess, processMetrics } from "@/lib/queries/process-metrics";
import { EXPOSITION_TYPE, exposition } from "@/lib/telemetry/exposition";
import { collectMetrics } from "@/lib/telemetry/metric-reader";
import { processName } from "@/lib/telemetry/process-name";

/** Metrics of the whole installation for Prometheus. */
export const metricsEndpoint = endpoint({
  path: "/api/metrics",
  summary: "Metrics of the store and of every process, in Prometheus's text format",
  role: "viewer",
  query: z.strictObject({}),
  handle: async ({ context: { reads } }) => {
    const own = processName();
    const [known, others, mine] = await Promise.all([
      installationMetrics(reads),
      processMetrics(reads, own),
      own ? collectMetrics() : [],
    ]);
    return plainText(exposition([...known, ...others, ...(own ? ofProcess(own, mine) : [])]), EXPOSITION_TYPE);
  },
});
