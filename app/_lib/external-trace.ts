import { tidemark } from "@/app/_lib/tidemark";

/** A page about a trace outside of the console. */
export type ExternalTrace = { readonly href: string; readonly host: string };

/**
 * Where the trace of a W3C trace context is shown outside, by TIDEMARK_TRACE_URL; undefined when nothing is configured or
 * there is no trace. The configuration has made sure that it is an http address.
 */
export async function externalTrace(traceparent: string | null): Promise<ExternalTrace | undefined> {
  const template = (await tidemark()).config.telemetry.traceUrl;
  return template === undefined ? undefined : fillTraceUrl(template, traceparent);
}

/** Fills the ids of a trace context into an address; both are hexadecimal, so nothing in them can change it. */
export function fillTraceUrl(template: string, traceparent: string | null): ExternalTrace | undefined {
  const [, traceId, spanId] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/.exec(traceparent ?? "") ?? [];
  if (!traceId || !spanId) return undefined;
  const href = template.replaceAll("{traceId}", traceId).replaceAll("{spanId}", spanId);
  return { href, host: new URL(href).host };
}
