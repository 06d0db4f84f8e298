import path from "node:path";
import { readConfig } from "@/lib/runtime/config";
import { startTelemetry } from "@/lib/telemetry/start";

/**
 * OpenTelemetry of a process beside the console, started by importing this module. Import it for its effect before
 * anything else: what was loaded earlier, `pg` above all, is not instrumented.
 */
export const telemetry = startTelemetry({
  serviceName: `tidemark-${path.basename(process.argv[1] ?? "process").replace(/\.\w+$/, "")}`,
  exporting: readConfig().exportsTelemetry,
});
