import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { NodeSDK } from "@opentelemetry/sdk-node";

/** The started SDK of this process. */
export type Telemetry = { readonly shutdown: () => Promise<void> };

type SpanProcessor = NonNullable<NonNullable<ConstructorParameters<typeof NodeSDK>[0]>["spanProcessors"]>[number];

/**
 * Starts OpenTelemetry for this process; call it before anything loads `pg`. With `exporting` the standard OTEL_*
 * variables decide what goes where; without it nothing leaves the process, and spans still give log lines and events
 * their trace ids.
 */
export function startTelemetry(options: { serviceName: string; exporting: boolean }): Telemetry {
  const sdk = new NodeSDK({
    serviceName: options.serviceName,
    instrumentations: [new PgInstrumentation({ requireParentSpan: true })],
    ...(options.exporting
      ? {}
      : { spanProcessors: [silent], metricReaders: [], logRecordProcessors: [], autoDetectResources: false }),
  });
  sdk.start();
  return { shutdown: () => sdk.shutdown().catch(() => {}) };
}

/** Without any processor the SDK makes no tracer at all, and ids would be missing from logs and events. */
const silent: SpanProcessor = {
  onStart: () => {},
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
};
