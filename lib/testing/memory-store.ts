import type { CommandStore } from "@/lib/commands/handle";
import type { Append, ExpectedVersion, RecordedEvent } from "@/lib/event-store/recorded-event";
import { VersionConflict } from "@/lib/kernel/errors";
import { derivedId, newId } from "@/lib/kernel/ids";
import { categoryOf } from "@/lib/kernel/stream-name";

/** A log in memory for tests without a database; what it promises is less than the real one, but true. */
export type MemoryStore = CommandStore & {
  /** Every event, in the order of positions. */
  readonly events: readonly RecordedEvent[];
  /** Runs before each append is looked at: the place for a test's rival. */
  beforeAppend?: ((append: Append) => void | Promise<void>) | undefined;
};

/** An empty log. Recording times are a millisecond apart, from the start of 2026. */
export function createMemoryStore(): MemoryStore {
  const events: RecordedEvent[] = [];
  const ofStream = (stream: string) => events.filter((event) => event.stream === stream);
  const idOf = (scope: string, key: string, ordinal: number) => derivedId(scope, key, String(ordinal));

  const store: MemoryStore = {
    events,
    readStreamToFold: async (stream, { from, limit }) =>
      ofStream(stream)
        .slice(from - 1, from - 1 + limit)
        .map((event) => ({ ...event, metadata: null, command: null })),
    findByIdempotencyKey: async (scope, key) => {
      const found: RecordedEvent[] = [];
      for (;;) {
        const id = idOf(scope, key, found.length);
        const event = events.find((candidate) => candidate.id === id);
        if (!event) return found;
        found.push(event);
      }
    },
    append: async (append) => {
      await store.beforeAppend?.(append);
      for (const { stream, expectedVersion } of append.writes) check(stream, expectedVersion, ofStream(stream).length);
      const scope = append.writes[0]?.stream ?? "";
      let ordinal = 0;
      return append.writes.map(({ stream, events: added }) => {
        const before = ofStream(stream).length;
        const first = events.length;
        for (const event of added) {
          const id = event.id ?? (append.idempotencyKey ? idOf(scope, append.idempotencyKey, ordinal) : newId());
          ordinal++;
          const recordedAt = `${new Date(Date.UTC(2026, 0, 1) + events.length).toISOString().slice(0, -1)}000Z`;
          events.push({
            id,
            type: event.type,
            schemaVersion: event.schemaVersion,
            stream,
            version: ofStream(stream).length + 1,
            position: BigInt(events.length + 1),
            slice: categoryOf(stream).length,
            recordedAt,
            occurredAt: event.occurredAt ?? recordedAt,
            correlationId: append.correlationId ?? id,
            causationId: event.causationId ?? append.causationId ?? null,
            actor: append.actor ?? null,
            tenant: append.tenant ?? null,
            traceparent: append.traceparent ?? null,
            data: event.data,
            metadata: event.metadata ?? null,
            command: append.command ? JSON.stringify(append.command) : null,
          });
        }
        return {
          stream,
          fromVersion: before + 1,
          toVersion: before + added.length,
          firstPosition: BigInt(first + 1),
          lastPosition: BigInt(events.length),
          recordedAt: events.at(-1)?.recordedAt ?? "",
          replayed: false,
        };
      });
    },
  };
  return store;
}

function check(stream: string, expected: ExpectedVersion, actual: number): void {
  const fits = { any: true, none: actual === 0, exists: actual > 0 };
  if (!(typeof expected === "number" ? expected === actual : fits[expected])) {
    throw new VersionConflict(stream, expected === "any" ? "exists" : expected, actual);
  }
}
