import path from "node:path";
import { readConfig } from "@/lib/runtime/config";
import { startTelemetry } from "@/lib/telemetry/start";

// OpenTelemetry of a process beside the console, started by importing this module. Import it for its effect before
// anything else: what was loaded earlier, `pg` above all, is not instrumented.
const { keptSpans, ...exports } = readConfig().telemetry;

/** The started telemetry of this process, named after its file. */
export const telemetry = startTelemetry({
  part: path.basename(process.argv[1] ?? "process").replace(/\.\w+$/, ""),
  ...exports,
  keepsSpans: keptSpans > 0,
});
