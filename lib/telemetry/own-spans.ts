import { SamplingDecision } from "@opentelemetry/api";
import type { tracing } from "@opentelemetry/sdk-node";

type OwnSampler = Pick<tracing.Sampler, "shouldSample" | "toString">;

/**
 * Samples as `base` does, but for the spans that Next makes of every request and page, and what hangs below them: they say
 * how Next is built. Ours begin where the API does, and have no parent of Next's.
 */
export function ownSpansOnly(base: OwnSampler): OwnSampler {
  return {
    shouldSample: (context, traceId, name, kind, attributes, links) =>
      attributes["next.span_type"] === undefined
        ? base.shouldSample(context, traceId, name, kind, attributes, links)
        : { decision: SamplingDecision.NOT_RECORD },
    toString: () => `OwnSpansOnly{${base.toString()}}`,
  };
}
