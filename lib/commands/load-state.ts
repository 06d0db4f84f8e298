import type { Catalog } from "@/lib/catalog/catalog";
import { foldStream, type StateAtVersion, type StreamReader } from "@/lib/catalog/fold-stream";
import type { StateCache } from "@/lib/commands/state-cache";
import type { Decider } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";
import type { SnapshotReader } from "@/lib/snapshots/snapshot";

/** What loading works with. Without `snapshots` a state that is not remembered is folded from its first event. */
export type LoadSource = {
  readonly store: StreamReader;
  readonly catalog: Catalog;
  readonly cache: StateCache;
  readonly snapshots?: SnapshotReader | undefined;
};

/** A stream holds something that this code does not know, so no decision on it could be trusted. */
class StreamNotUnderstood extends TidemarkError {
  constructor(event: RecordedEvent, reason: "unknown-type" | "unknown-version") {
    const what =
      reason === "unknown-type" ? `the type ${event.type}` : `schema version ${event.schemaVersion} of ${event.type}`;
    super(
      "conflict",
      `This program does not know ${what} at ${event.stream} version ${event.version}. Run a version that does before commanding this stream.`,
      {
        reason,
        eventId: event.id,
        stream: event.stream,
        version: event.version,
        type: event.type,
        schemaVersion: event.schemaVersion,
      },
    );
  }
}

/**
 * The state of a stream at the last version that could be read, from the remembered state or the newest snapshot on. The
 * version is that of the last event folded (0: no stream), so an append that expects it cannot miss an event. Throws
 * `StreamNotUnderstood`.
 */
export async function loadState(source: LoadSource, decider: Decider, stream: string): Promise<StateAtVersion> {
  const { cache, snapshots } = source;
  const { news } = cache;
  const remembered = cache.get(stream);
  const began = performance.now();
  const { state, version, startedAt } = await foldStream(source, {
    decider,
    stream,
    from: remembered,
    leap: snapshots && (() => snapshots.before(decider, stream)),
    visit: ({ event, folded }) => {
      if ("reason" in folded) throw new StreamNotUnderstood(event, folded.reason);
      return undefined;
    },
  });
  if (version > 0) cache.set(stream, { state, version }, news);
  if (!remembered) {
    snapshots?.loaded(decider, stream, { version, foldedEvents: version - startedAt, ms: performance.now() - began });
  }
  return { state, version };
}
