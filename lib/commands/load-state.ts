import type { Catalog } from "@/lib/catalog/catalog";
import { foldEvent } from "@/lib/catalog/fold";
import type { StateAtVersion, StateCache } from "@/lib/commands/state-cache";
import type { Decider } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";

/** What loading needs of the event store. */
export type StreamReader = {
  readonly readStream: (
    stream: string,
    page: { readonly from: number; readonly limit: number },
  ) => Promise<readonly RecordedEvent[]>;
};

const pageSize = 1_000;

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
 * The state of a stream at the last version that could be read, from the remembered state on. The version is that of the
 * last event folded (0: no stream), so an append that expects it cannot miss an event. Throws `StreamNotUnderstood`.
 */
export async function loadState(
  source: { readonly store: StreamReader; readonly catalog: Catalog; readonly cache: StateCache },
  decider: Decider,
  stream: string,
): Promise<StateAtVersion> {
  let { state, version } = source.cache.get(stream) ?? { state: decider.initialState() as unknown, version: 0 };
  for (;;) {
    const events = await source.store.readStream(stream, { from: version + 1, limit: pageSize });
    for (const event of events) {
      const folded = foldEvent(source.catalog, decider, state, event);
      if ("reason" in folded) throw new StreamNotUnderstood(event, folded.reason);
      ({ state } = folded);
      ({ version } = event);
    }
    if (events.length < pageSize) break;
  }
  if (version > 0) source.cache.set(stream, { state, version });
  return { state, version };
}
