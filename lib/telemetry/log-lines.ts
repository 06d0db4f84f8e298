import { ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { type AnyValueMap, logs, SeverityNumber } from "@opentelemetry/api-logs";
import { processWide } from "@/lib/telemetry/process-wide";

/** Whether lines of this process's log leave it; `startTelemetry` says so. */
export const logExport = processWide("log-export", () => ({ on: false }));

const severities: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

type Line = AnyValueMap & {
  readonly level?: string;
  readonly time?: string;
  readonly msg?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string };
};

/**
 * Sends a line of the log, as it was written, to where OpenTelemetry's logs go: message as body, fields as attributes,
 * under the trace that the line names. Does nothing when logs do not leave the process; never throws.
 */
export function exportLine(line: string): void {
  if (!logExport.on) return;
  try {
    const { level = "info", time, msg, trace_id: traceId, span_id: spanId, err, ...fields } = JSON.parse(line) as Line;
    const spanContext = traceId && spanId ? { traceId, spanId, traceFlags: TraceFlags.SAMPLED } : undefined;
    logs.getLogger("tidemark").emit({
      severityText: level,
      severityNumber: severities[level] ?? SeverityNumber.UNSPECIFIED,
      ...(time === undefined ? {} : { timestamp: new Date(time) }),
      body: msg ?? "",
      attributes: { ...fields, ...(err ? exceptionOf(err) : {}) },
      ...(spanContext ? { context: trace.setSpanContext(ROOT_CONTEXT, spanContext) } : {}),
    });
  } catch {
    // The line stands in the log of the process; that it could not be sent as well must not stop what it tells of.
  }
}

function exceptionOf({ type, message, stack }: NonNullable<Line["err"]>): AnyValueMap {
  return { "exception.type": type, "exception.message": message, "exception.stacktrace": stack };
}
