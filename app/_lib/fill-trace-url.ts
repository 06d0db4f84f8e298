/** A page about a trace outside of the console. */
export type ExternalTrace = { readonly href: string; readonly host: string };

/** Fills the ids of a trace context into an address; both are hexadecimal, so nothing in them can change it. */
export function fillTraceUrl(template: string, traceparent: string | null): ExternalTrace | undefined {
  const [, traceId, spanId] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-/.exec(traceparent ?? "") ?? [];
  if (!traceId || !spanId) return undefined;
  const href = template.replaceAll("{traceId}", traceId).replaceAll("{spanId}", spanId);
  return { href, host: new URL(href).host };
}
