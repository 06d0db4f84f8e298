import type { PreparedEvent, PreparedWrite } from "@/lib/event-store/prepare-append";
import type { Append, ExpectedVersion, RecordedEvent, WriteResult } from "@/lib/event-store/recorded-event";
import { isoOfMicroseconds, microseconds } from "@/lib/kernel/time";

/** What became of one append of a call. `known`: some of its ids are stored. `busy`: a stream is locked elsewhere. */
export type Outcome =
  | { readonly kind: "ok"; readonly results: readonly WriteResult[]; readonly events: () => RecordedEvent[] }
  | {
      readonly kind: "conflict";
      readonly stream: string;
      readonly expected: number | "none" | "exists";
      readonly actual: number;
    }
  | { readonly kind: "known" }
  | { readonly kind: "busy" };

/** The number by which the append functions know an expected version. */
export function expectedNumber(expected: ExpectedVersion): number {
  if (typeof expected === "number") return expected;
  return expected === "none" ? 0 : expected === "exists" ? -1 : -2;
}

/** The first write that does not find the version it expects; `actualOf` is the version found by the write of an index. */
export function conflictOf(writes: readonly PreparedWrite[], actualOf: (index: number) => number): Outcome {
  for (const [index, { stream, expected }] of writes.entries()) {
    const actual = actualOf(index);
    const wanted = expectedNumber(expected);
    if (expected !== "any" && (wanted >= 0 ? wanted !== actual : actual === 0)) {
      return { kind: "conflict", stream, expected, actual };
    }
  }
  throw new Error("append answered conflict without one");
}

/** Where and when an event was stored. */
type StoredAt = Pick<RecordedEvent, "stream" | "version" | "position" | "slice" | "recordedAt">;

/** An event as it was stored, made of what was sent and what was answered. */
export function recordedEvent(context: Append, { id, event, ...ids }: PreparedEvent, at: StoredAt): RecordedEvent {
  const occurred = event.occurredAt == null ? undefined : microseconds(event.occurredAt);
  return {
    id,
    type: event.type,
    schemaVersion: event.schemaVersion,
    ...at,
    occurredAt: occurred === undefined ? at.recordedAt : isoOfMicroseconds(occurred),
    correlationId: ids.correlationId,
    causationId: ids.causationId,
    actor: context.actor ?? null,
    tenant: context.tenant ?? null,
    traceparent: context.traceparent ?? null,
    data: event.data,
    metadata: event.metadata ?? null,
    command: context.command ? JSON.stringify(context.command) : null,
  };
}
