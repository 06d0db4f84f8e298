import type { Catalog } from "@/lib/catalog/catalog";
import type { DecodedEvent } from "@/lib/define";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";

/** All that one stored event is read as: one event, nearly always. Throws for what this code does not know: it is never guessed. */
export function decodeEvents(catalog: Catalog, event: RecordedEvent): readonly DecodedEvent[] {
  const decoding = catalog.decode(event);
  if (decoding.status === "decoded") return decoding.events;
  if (decoding.status === "failed") throw decoding.error;
  const what =
    decoding.status === "unknown-version"
      ? `schema version ${event.schemaVersion} of ${event.type} is not known here (known: ${decoding.oldest} to ${decoding.current})`
      : `event type ${event.type} is not known here`;
  throw new TidemarkError("conflict", `${what}. Deploy code that knows it; the event is held until then.`, {
    type: event.type,
    schemaVersion: event.schemaVersion,
    position: String(event.position),
  });
}
