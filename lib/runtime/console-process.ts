import { closeAll } from "@/lib/kernel/on-stop";
import { readConfig } from "@/lib/runtime/config";
import { mendAddresses } from "@/lib/runtime/mend-addresses";
import { stopSignal } from "@/lib/runtime/stop-signal";
import { createLogger, type Logger } from "@/lib/telemetry/logger";
import { startTelemetry } from "@/lib/telemetry/start";

/** What an orphaned console gets to end its requests, in milliseconds. */
const ORPHAN_GRACE_MS = 1_500;

let log: Logger | undefined;

/** The console's log. */
export function consoleLog(): Logger {
  log ??= createLogger("console", { level: readConfig().logLevel });
  return log;
}

/**
 * Starts what the console's process needs before its first request: telemetry, and an end in good time. Next waits for
 * open responses before it stops, and a live stream never ends by itself, so they are closed here first. Nobody
 * but the supervisor should run the console, so it ends with it.
 */
export function startConsoleProcess(): void {
  const { keptSpans, ...exports } = readConfig().telemetry;
  mendAddresses();
  const telemetry = startTelemetry({ part: "console", ...exports, keepsSpans: keptSpans > 0 });
  stopSignal().addEventListener("abort", () => {
    closeAll();
    void telemetry.shutdown();
    if (process.connected) return;
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(0), ORPHAN_GRACE_MS).unref();
  });
}
