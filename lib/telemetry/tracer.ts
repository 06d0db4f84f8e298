import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { attributes } from "@/lib/telemetry/attributes";

/** What a span is about. `parent` and `links` are W3C traceparent texts; malformed ones are ignored. */
export type SpanOptions = {
  readonly kind?: keyof typeof SpanKind;
  readonly attributes?: Attributes;
  /** Continues another process's trace instead of the current one; `root` begins one of its own. */
  readonly parent?: string | null;
  /** Traces that this work serves without being their child: the events of a batch. */
  readonly links?: readonly (string | null)[];
};

/** The `parent` of a span that begins a trace, whatever is under way around it. */
export const root = "root";

/**
 * Runs `work` in a span named `name`; the span ends with it, and an exception marks it failed and passes through. Of the
 * exception only its kind is told: its words may repeat what an event holds. Without a started SDK this costs about a
 * microsecond and records nothing.
 */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => T | Promise<T>,
): Promise<T> {
  const parent = options.parent ? contextOf(options.parent) : context.active();
  const links = (options.links ?? []).flatMap((text) => linkTo(text));
  const spanOptions = {
    kind: SpanKind[options.kind ?? "INTERNAL"],
    links,
    ...(options.attributes ? { attributes: options.attributes } : {}),
  };
  return trace.getTracer("tidemark").startActiveSpan(name, spanOptions, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setAttribute(attributes.errorType, errorType(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Starts a span below the active one that its caller ends, for work that has no one function: a phase of a run. Leave it
 * open and it is never told of.
 */
export function openSpan(name: string, attributes: Attributes): { readonly end: () => void } {
  return trace.getTracer("tidemark").startSpan(name, { attributes });
}

/** The W3C traceparent of the active span, to be stored with an event or sent on; null outside any span. */
export function currentTraceparent(): string | null {
  const span = trace.getSpanContext(context.active());
  if (!span || !isSpanContextValid(span)) return null;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}`;
}

/** The trace and span id that log lines carry; undefined outside any span. */
export function currentTrace(): { traceId: string; spanId: string } | undefined {
  const span = trace.getSpanContext(context.active());
  return span && isSpanContextValid(span) ? { traceId: span.traceId, spanId: span.spanId } : undefined;
}

/** What kind of error it is: its code where it has one, else its name. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

function contextOf(traceparent: string): Context {
  return traceparent === root ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
}

function linkTo(traceparent: string | null): Link[] {
  const span = traceparent ? trace.getSpanContext(contextOf(traceparent)) : undefined;
  return span ? [{ context: span }] : [];
}
