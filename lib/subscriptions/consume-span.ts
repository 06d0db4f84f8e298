import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";
import type { Lease } from "@/lib/subscriptions/lease";
import { attributes, messaging } from "@/lib/telemetry/attributes";
import { withSpan } from "@/lib/telemetry/tracer";

/** A span links to so many of the traces that its batch serves. */
const LINKS_MAX = 16;
/** Among so many of its events they are looked for. */
const LOOKED_AT = 256;

/**
 * Runs one batch of a consumer in its span. It links to the traces of its events, and when they are all of one trace it
 * is part of that trace, so that what a command led to can be followed through every process.
 */
export function consumeInSpan<T>(
  lease: Lease,
  events: readonly RecordedEvent[],
  to: Position,
  work: () => Promise<T>,
): Promise<T> {
  const traceparents = [...new Set(events.slice(0, LOOKED_AT).map(({ traceparent }) => traceparent))];
  const [first = null, ...others] = traceparents;
  const trace = traceIdOf(first);
  const one = events.length <= LOOKED_AT && trace !== undefined && others.every((each) => traceIdOf(each) === trace);
  const span = {
    kind: "CONSUMER",
    parent: one ? first : null,
    links: traceparents.slice(0, LINKS_MAX),
    attributes: aboutBatch(lease, events.length, to),
  } as const;
  return withSpan(`process ${lease.consumer}`, span, work);
}

/** Runs the retry of a dead letter in its span. */
export function retryInSpan<T>(lease: Lease, position: Position, work: () => Promise<T>): Promise<T> {
  const span = { kind: "CONSUMER", attributes: aboutBatch(lease, 1, position) } as const;
  return withSpan(`retry ${lease.consumer}`, span, work);
}

function aboutBatch(lease: Lease, events: number, to: Position) {
  return {
    ...messaging,
    [attributes.operation]: "process",
    [attributes.operationType]: "process",
    [attributes.consumerGroup]: lease.consumer,
    [attributes.messages]: events,
    [attributes.consumer]: lease.consumer,
    [attributes.partition]: lease.partition,
    [attributes.events]: events,
    [attributes.toPosition]: String(to),
  };
}

function traceIdOf(traceparent: string | null): string | undefined {
  return /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent ?? "")?.[1];
}
