import pino from "pino";
import { exportLine } from "@/lib/telemetry/log-lines";
import { redact, SECRET_FIELDS } from "@/lib/telemetry/redact";
import { currentTrace } from "@/lib/telemetry/tracer";

/** A structured log: one JSON object a line, with the trace and span it belongs to. */
export type Logger = pino.Logger;

/**
 * Opens the log of one part (`console`, `worker`, `traffic`, `supervisor`). Lines go to standard output, where the
 * supervisor files them, and to OpenTelemetry where that has an address; credentials are taken out on the way.
 */
export function createLogger(
  part: string,
  options: { level?: string; destination?: pino.DestinationStream } = {},
): Logger {
  return pino(
    {
      level: options.level ?? "info",
      base: { part, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: "***" },
      mixin: () => {
        const current = currentTrace();
        return current ? { trace_id: current.traceId, span_id: current.spanId } : {};
      },
      hooks: {
        streamWrite(line) {
          const clean = redact(line);
          exportLine(clean);
          return clean;
        },
      },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
}
