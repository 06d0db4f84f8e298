import type { Catalog } from "@/lib/catalog/catalog";
import type { Decoding } from "@/lib/catalog/decode";
import type { DecodedEvent } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";

/** A stored event of a type or version that this code does not know; `reason` says which. It is held or parked, never guessed. */
class EventNotUnderstood extends TidemarkError {
  constructor(event: RecordedEvent, why: Exclude<Decoding, { status: "decoded" | "failed" }>) {
    const { type, schemaVersion, position, id, stream, version } = event;
    const what =
      why.status === "unknown-version"
        ? `schema version ${schemaVersion} of ${type} is not known here (known: ${why.oldest} to ${why.current})`
        : `event type ${type} is not known here`;
    super("conflict", `${what}. Deploy code that knows it; the event is held until then.`, {
      reason: why.status,
      eventId: id,
      type,
      schemaVersion,
      stream,
      version,
      position: String(position),
    });
  }
}

/** All that one stored event is read as: one event, nearly always. Throws for what this code does not know: it is never guessed. */
export function decodeEvents(catalog: Catalog, event: RecordedEvent): readonly DecodedEvent[] {
  const decoding = catalog.decodeOnDemand(event);
  if (decoding.status === "decoded") return decoding.events;
  if (decoding.status === "failed") throw decoding.error;
  throw new EventNotUnderstood(event, decoding);
}
