import { attributes } from "@/lib/telemetry/attributes";
import { instruments } from "@/lib/telemetry/instruments";
import { root, withSpan } from "@/lib/telemetry/tracer";

/**
 * Answers a request of the API in its span, which continues the trace that the client sent, and measures it. `route` is the
 * address as it is declared: what stands in its places is in neither.
 */
export function inRequestSpan(request: Request, route: string, answer: () => Promise<Response>): Promise<Response> {
  const about = { [attributes.method]: request.method, [attributes.route]: route };
  const parent = request.headers.get("traceparent") ?? root;
  return withSpan(`${request.method} ${route}`, { kind: "SERVER", parent, attributes: about }, async (span) => {
    const began = performance.now();
    const response = await answer();
    const answered = { [attributes.status]: response.status };
    span.setAttributes(answered);
    instruments().requestSeconds.record((performance.now() - began) / 1_000, { ...about, ...answered });
    return response;
  });
}
