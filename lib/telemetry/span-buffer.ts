import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { core, type tracing } from "@opentelemetry/sdk-node";
import { keptAttributes } from "@/lib/telemetry/attributes";
import { processWide } from "@/lib/telemetry/process-wide";
import { tallies } from "@/lib/telemetry/tallies";
import { createThinning } from "@/lib/telemetry/thinning";

/** What the SDK tells of spans. */
export type SpanProcessor = tracing.SpanProcessor;

type EndedSpan = tracing.ReadableSpan;

/** A span as the store keeps it: nothing of an event's data, of a statement's values or of a person. */
export type KeptSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: string;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  readonly durationUs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
};

/** Spans that wait to be written. Beyond this the newest are dropped and counted: the work never waits. */
const WAITING_MAX = 4_096;

const waiting = processWide("span-buffer", () => [] as EndedSpan[]);
const thinning = processWide("span-thinning", createThinning);

/** The processor that puts this process's spans aside for `takeSpans`. Costs well under a microsecond a span. */
export function spanBuffer(): SpanProcessor {
  return {
    onStart: () => {},
    onEnd: (span) => {
      if (!thinning.keeps(span.spanContext().traceId)) tallies.spans.sampled += 1;
      else if (waiting.length >= WAITING_MAX) tallies.spans.full += 1;
      else waiting.push(span);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

/** Takes up to `max` of the spans that wait, oldest first. */
export function takeSpans(max: number): readonly KeptSpan[] {
  return waiting.splice(0, max).map(keptSpan);
}

function keptSpan(span: EndedSpan): KeptSpan {
  const { traceId, spanId } = span.spanContext();
  const startedUs = core.hrTimeToMicroseconds(span.startTime);
  return {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId ?? null,
    name: span.name.slice(0, 200),
    kind: SpanKind[span.kind].toLowerCase(),
    startedAt: isoOf(startedUs),
    durationUs: Math.max(0, Math.round(core.hrTimeToMicroseconds(span.duration))),
    failed: span.status.code === SpanStatusCode.ERROR,
    attributes: keptAttributes(span.attributes),
  };
}

function isoOf(us: number): string {
  const whole = Math.round(us);
  const ms = Math.floor(whole / 1_000);
  return new Date(ms).toISOString().replace("Z", `${String(whole - ms * 1_000).padStart(3, "0")}Z`);
}
