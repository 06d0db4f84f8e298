import { hostname } from "node:os";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { metrics, NodeSDK, resources, tracing } from "@opentelemetry/sdk-node";
// The SDK reads the standard variables here and exports it under no other name; its version is fixed in package.json.
import { createSamplerFromEnv } from "@opentelemetry/sdk-node/build/src/create-from-env";
import {
  getOtlpMetricExporterFromEnv,
  getPeriodicExportingMetricReaderFromEnv,
  getSpanProcessorsFromEnv,
} from "@opentelemetry/sdk-node/build/src/utils";
import { instruments } from "@/lib/telemetry/instruments";
import { logExport } from "@/lib/telemetry/log-lines";
import { createMetricReader } from "@/lib/telemetry/metric-reader";
import { ownSpansOnly } from "@/lib/telemetry/own-spans";
import { nameProcess } from "@/lib/telemetry/process-name";
import { type SpanProcessor, spanBuffer } from "@/lib/telemetry/span-buffer";

/** The started SDK of this process. */
export type Telemetry = { readonly shutdown: () => Promise<void> };

/** What leaves the process by OTLP or whatever else the OTEL_* variables name, and whether spans are kept for the store. */
export type TelemetrySettings = {
  /** The last part of the name of the service: console, worker, traffic. */
  readonly part: string;
  readonly exportsTraces: boolean;
  readonly exportsMetrics: boolean;
  readonly exportsLogs: boolean;
  /** Whether a process that keeps a store has spans written to it. */
  readonly keepsSpans: boolean;
};

/** What a back end that hangs may cost a process that stops. */
const SHUTDOWN_MS = 500;

/**
 * Starts OpenTelemetry for this process; call it before anything loads `pg`. Metrics are counted in any case and spans
 * made, so that log lines and events carry their trace; the settings say where they go. A back end that refuses or
 * hangs costs what it was to be told, nothing else.
 */
export function startTelemetry({ part, ...settings }: TelemetrySettings): Telemetry {
  const service = `tidemark-${part}`;
  const instance = `${hostname()}-${process.pid}-${Date.now().toString(36)}`;
  nameProcess({ service, instance });
  const processors = [
    ...(settings.exportsTraces ? getSpanProcessorsFromEnv(undefined) : []),
    ...(settings.keepsSpans ? [spanBuffer()] : []),
  ];
  const sdk = new NodeSDK({
    serviceName: service,
    resource: resources.resourceFromAttributes({ "service.instance.id": instance, "service.namespace": "tidemark" }),
    instrumentations: [new PgInstrumentation({ requireParentSpan: true })],
    // Without any processor the SDK makes no tracer at all, and ids would be missing from logs and events.
    spanProcessors: processors.length > 0 ? processors : [silent],
    sampler: ownSpansOnly(createSamplerFromEnv() ?? everything()),
    metricReaders: [
      createMetricReader(),
      ...(settings.exportsMetrics ? [getPeriodicExportingMetricReaderFromEnv(getOtlpMetricExporterFromEnv())] : []),
    ],
    views: [{ meterName: "@opentelemetry/instrumentation-pg", aggregation: { type: metrics.AggregationType.DROP } }],
    // Left out, the SDK makes them as the variables say.
    ...(settings.exportsLogs ? {} : { logRecordProcessors: [] }),
    autoDetectResources: settings.exportsTraces || settings.exportsMetrics || settings.exportsLogs,
  });
  sdk.start();
  logExport.on = settings.exportsLogs;
  instruments();
  return { shutdown: () => Promise.race([sdk.shutdown().catch(() => {}), expire(SHUTDOWN_MS)]) };
}

/** What the specification says of a sampler that nobody has chosen. */
function everything(): tracing.Sampler {
  return new tracing.ParentBasedSampler({ root: new tracing.AlwaysOnSampler() });
}

const silent: SpanProcessor = {
  onStart: () => {},
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

function expire(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
