import { type ExternalTrace, fillTraceUrl } from "@/app/_lib/fill-trace-url";
import { tidemark } from "@/app/_lib/tidemark";

/**
 * Where the trace of a W3C trace context is shown outside, by TIDEMARK_TRACE_URL; undefined when nothing is configured or
 * there is no trace. The configuration has made sure that it is an http address.
 */
export async function externalTrace(traceparent: string | null): Promise<ExternalTrace | undefined> {
  const template = await traceUrlTemplate();
  return template === undefined ? undefined : fillTraceUrl(template, traceparent);
}

/** The template of such addresses; undefined when nothing is configured. For what fills it in the browser. */
export async function traceUrlTemplate(): Promise<string | undefined> {
  return (await tidemark()).config.telemetry.traceUrl;
}
